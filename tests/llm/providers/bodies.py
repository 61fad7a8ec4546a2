"""One question that has everything, in the words of each protocol."""

from base64 import b64encode
from typing import Any

from services.llm.model import Image, Question, ToolUse, Turn
from tests.llm.providers.protocols import KEY
from tests.llm.providers.reading import WEATHER

PIXEL = Image("image/png", b"\x89PNG\r\n")
PIXEL_TEXT = b64encode(PIXEL.data).decode()
PIXEL_URL = f"data:image/png;base64,{PIXEL_TEXT}"
SCHEMA = '{"type": "object", "properties": {"name": {"type": "string"}}}'
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
FULL = Question(
    "scripted",
    (
        Turn("system", "Be brief."),
        Turn("user", "What is this?", images=(PIXEL,)),
        Turn("assistant", "", tool_uses=(ToolUse("c1", "weather", '{"city":"Lomé"}'),)),
        Turn("tool", "sunny", tool_use_id="c1"),
        Turn("assistant", "Sunny."),
        Turn("user", "Really?"),
    ),
    max_output_tokens=100,
    tools=(WEATHER,),
    response_schema=SCHEMA,
    temperature=0.5,
    effort="low",
)
CHAT_BODY = {
    "model": "scripted",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": PIXEL_URL}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city":"Lomé"}'},
                }
            ],
        },
        {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
        {"role": "assistant", "content": "Sunny."},
        {"role": "user", "content": "Really?"},
    ],
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_completion_tokens": 100,
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Tells the weather.",
                "parameters": PARAMETERS,
            },
        }
    ],
    "response_format": {
        "type": "json_schema",
        "json_schema": {
            "name": "answer",
            "schema": {"type": "object", "properties": {"name": {"type": "string"}}},
            "strict": False,
        },
    },
    "temperature": 0.5,
    "reasoning_effort": "low",
}
BODIES: dict[str, dict[str, Any]] = {
    "chat": CHAT_BODY,
    "azure": CHAT_BODY,
    "responses": {
        "model": "scripted",
        "input": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    {"type": "input_image", "image_url": PIXEL_URL},
                ],
            },
            {
                "type": "function_call",
                "call_id": "c1",
                "name": "weather",
                "arguments": '{"city":"Lomé"}',
            },
            {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
            {"role": "assistant", "content": "Sunny."},
            {"role": "user", "content": "Really?"},
        ],
        "stream": True,
        "store": False,
        "max_output_tokens": 100,
        "tools": [
            {
                "type": "function",
                "name": "weather",
                "description": "Tells the weather.",
                "parameters": PARAMETERS,
                "strict": False,
            }
        ],
        "text": {
            "format": CHAT_BODY["response_format"]["json_schema"]  # type: ignore[index]  # it has one
            | {"type": "json_schema"}
        },
        "temperature": 0.5,
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
    },
    "anthropic": {
        "model": "scripted",
        "max_tokens": 100,
        "system": "Be brief.",
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "image",
                        "source": {
                            "type": "base64",
                            "media_type": "image/png",
                            "data": PIXEL_TEXT,
                        },
                    },
                    {"type": "text", "text": "What is this?"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {
                        "type": "tool_use",
                        "id": "c1",
                        "name": "weather",
                        "input": {"city": "Lomé"},
                    }
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "sunny"}
                ],
            },
            {"role": "assistant", "content": [{"type": "text", "text": "Sunny."}]},
            {"role": "user", "content": [{"type": "text", "text": "Really?"}]},
        ],
        "stream": True,
        "tools": [
            {
                "name": "weather",
                "description": "Tells the weather.",
                "input_schema": PARAMETERS,
            }
        ],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {
            "effort": "low",
            "format": {
                "type": "json_schema",
                "schema": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}},
                },
            },
        },
    },
    "gemini": {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": PIXEL_TEXT}},
                    {"text": "What is this?"},
                ],
            },
            {
                "role": "model",
                "parts": [
                    {
                        "functionCall": {
                            "id": "c1",
                            "name": "weather",
                            "args": {"city": "Lomé"},
                        },
                        "thoughtSignature": "skip_thought_signature_validator",
                    }
                ],
            },
            {
                "role": "user",
                "parts": [
                    {
                        "functionResponse": {
                            "id": "c1",
                            "name": "weather",
                            "response": {"result": "sunny"},
                        }
                    }
                ],
            },
            {"role": "model", "parts": [{"text": "Sunny."}]},
            {"role": "user", "parts": [{"text": "Really?"}]},
        ],
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "weather",
                        "description": "Tells the weather.",
                        "parametersJsonSchema": PARAMETERS,
                    }
                ]
            }
        ],
        "generationConfig": {
            "maxOutputTokens": 100,
            "temperature": 0.5,
            "responseMimeType": "application/json",
            "responseJsonSchema": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
            },
            "thinkingConfig": {"includeThoughts": True, "thinkingLevel": "low"},
        },
    },
}
AZURE_PATH = "/openai/deployments/scripted/chat/completions?api-version=2024-10-21"
ADDRESSES = {
    "chat": ("/v1/chat/completions", "authorization", f"Bearer {KEY}"),
    "azure": (AZURE_PATH, "api-key", KEY),
    "responses": ("/v1/responses", "authorization", f"Bearer {KEY}"),
    "anthropic": ("/v1/messages", "x-api-key", KEY),
    "gemini": (
        "/v1beta/models/scripted:streamGenerateContent?alt=sse",
        "x-goog-api-key",
        KEY,
    ),
}
