"""Questions, events and models as protobuf."""

from uuid import UUID

from parley.error.v1 import error_reason_pb2
from parley.llm.v1 import generation_pb2 as pb
from parley.llm.v1 import generation_service_pb2 as service_pb
from services.kit import fields
from services.kit.caller import current, require
from services.kit.errors import ServiceError
from services.kit.fields import InvalidField
from services.kit.names import parse_name, parse_uuid
from services.llm.model import (
    MAX_MODEL,
    MAX_TURNS,
    CallState,
    Capability,
    Cited,
    Completed,
    Delta,
    Effort,
    Event,
    FinishReason,
    Heartbeat,
    Model,
    Passage,
    Reasoning,
    Role,
    Searched,
    ToolCalled,
    Turn,
    Usage,
)
from services.llm.names import (
    AssistantName,
    PromptName,
    ToolCallName,
)
from services.llm.wanted import MAX_TEMPERATURE, Fill, Options, Wanted
from services.llm.wire import TOOLS, to_documents, to_knowledge, to_tool, to_variables

MAX_ATTACHMENTS = 10
MAX_TOOLS = 50
MAX_SCHEMA = 32 * 1024

Response = pb.GenerateResponse

ROLES: dict[int, Role] = {
    pb.ROLE_SYSTEM: "system",
    pb.ROLE_USER: "user",
    pb.ROLE_ASSISTANT: "assistant",
}
EFFORTS: dict[int, Effort] = {
    pb.REASONING_EFFORT_LOW: "low",
    pb.REASONING_EFFORT_MEDIUM: "medium",
    pb.REASONING_EFFORT_HIGH: "high",
}
FINISH: dict[FinishReason, pb.FinishReason.ValueType] = {
    "stop": pb.FINISH_REASON_STOP,
    "length": pb.FINISH_REASON_LENGTH,
    "content_filter": pb.FINISH_REASON_CONTENT_FILTER,
    "tool_limit": pb.FINISH_REASON_TOOL_LIMIT,
}
STATES: dict[CallState, pb.ToolCall.State.ValueType] = {
    "awaiting_approval": pb.ToolCall.STATE_AWAITING_APPROVAL,
    "running": pb.ToolCall.STATE_RUNNING,
    "succeeded": pb.ToolCall.STATE_SUCCEEDED,
    "failed": pb.ToolCall.STATE_FAILED,
    "denied": pb.ToolCall.STATE_DENIED,
}
CAPABILITIES: dict[Capability, service_pb.Model.Capability.ValueType] = {
    "vision": service_pb.Model.CAPABILITY_VISION,
    "tools": service_pb.Model.CAPABILITY_TOOLS,
    "json_schema": service_pb.Model.CAPABILITY_JSON_SCHEMA,
    "reasoning": service_pb.Model.CAPABILITY_REASONING,
}


def to_wanted(request: service_pb.GenerateRequest) -> Wanted:
    """Read what is asked, or refuse it."""
    turns = request.turns
    if not 1 <= len(turns) <= MAX_TURNS:
        raise InvalidField(field="turns", expected=f"1 to {MAX_TURNS} turns")
    if request.max_output_tokens < 0:
        raise InvalidField(field="max_output_tokens", expected="0 or more")
    caller = current()
    return Wanted(
        user_id=caller.user_id,
        groups=caller.groups,
        model=fields.text("model", request.model, maximum=MAX_MODEL),
        turns=tuple(to_turn(number, turn) for number, turn in enumerate(turns)),
        max_output_tokens=request.max_output_tokens,
        options=to_options(request.options),
        conversation_id=to_conversation(request.conversation),
    )


def to_conversation(name: str) -> UUID | None:
    """Read the name of the caller's conversation."""
    if not name:
        return None
    user_id, id = parse_name(name, "users", "conversations")
    require(user_id)
    return id


def to_turn(number: int, turn: pb.Turn) -> Turn:
    """Read one turn, or refuse it."""
    if turn.role not in ROLES:
        raise InvalidField(field=f"turns[{number}].role", expected="a role")
    if not turn.text and not turn.attachments:
        raise InvalidField(field=f"turns[{number}].text", expected="a value")
    return Turn(
        ROLES[turn.role],
        turn.text,
        parse_uuid(turn.id) if turn.id else None,
        to_documents(f"turns[{number}].attachments", turn.attachments, MAX_ATTACHMENTS),
    )


def to_options(options: pb.GenerationOptions) -> Options:
    """Read how an answer is to come about."""
    temperature = options.temperature if options.HasField("temperature") else None
    if temperature is not None and not 0 <= temperature <= MAX_TEMPERATURE:
        raise InvalidField(field="options.temperature", expected="0 to 2")
    if len(options.tools) > MAX_TOOLS:
        raise InvalidField(field="options.tools", expected=f"at most {MAX_TOOLS}")
    if len(options.response_schema.encode()) > MAX_SCHEMA:
        raise InvalidField(field="options.response_schema", expected="at most 32 KiB")
    return Options(
        assistant=(
            AssistantName.parse(options.assistant) if options.assistant else None
        ),
        prompt=PromptName.parse(options.prompt) if options.prompt else None,
        prompt_variables=to_variables(
            "options.prompt_variables", options.prompt_variables
        ),
        knowledge=to_knowledge("options.knowledge", options.knowledge),
        tools=tuple(dict.fromkeys(map(to_tool, options.tools))),
        response_schema=options.response_schema,
        temperature=temperature,
        effort=EFFORTS.get(options.reasoning_effort),
        cached=options.cached,
    )


def to_response(user_id: UUID, event: Event) -> Response:
    """Put an event on the wire."""
    match event:
        case Delta(text, tokens):
            return Response(delta=Response.Delta(text=text, tokens=tokens))
        case Reasoning(text, tokens):
            return Response(reasoning=Response.Reasoning(text=text, tokens=tokens))
        case Heartbeat():
            return Response(heartbeat=Response.Heartbeat())
        case Usage(input_tokens, model):
            usage = Response.Usage(input_tokens=input_tokens, model=model)
            return Response(usage=usage)
        case Cited(number, passage):
            return Response(citation=to_citation(number, passage))
        case Searched(passages, degraded):
            return Response(
                retrieval=pb.Retrieval(passages=passages, degraded=degraded)
            )
        case ToolCalled():
            return Response(tool_call=to_tool_call(user_id, event))
        case Completed():
            return Response(completed=to_completed(event))
        case _:
            raise TypeError(f"no event of an answer: {type(event).__name__}")


def to_completed(event: Completed) -> pb.GenerateResponse.Completed:
    """Put the end of an answer on the wire."""
    return Response.Completed(
        model=event.model,
        finish_reason=FINISH.get(event.finish_reason, pb.FINISH_REASON_UNSPECIFIED),
        input_tokens=event.input_tokens,
        output_tokens=event.output_tokens,
        prompt_version=event.prompt_version,
        cached=event.cached,
        cached_input_tokens=event.cached_input_tokens,
        reasoning_tokens=event.reasoning_tokens,
    )


def to_citation(number: int, passage: Passage) -> pb.Citation:
    """Put a place in a document on the wire."""
    return pb.Citation(
        number=number,
        document=passage.document,
        display_name=passage.display_name,
        page=passage.page,
        section=passage.section,
        start_offset=passage.start,
        end_offset=passage.end,
        quote=passage.text,
    )


def to_tool_call(user_id: UUID, event: ToolCalled) -> pb.ToolCall:
    """Put a call of a tool on the wire."""
    return pb.ToolCall(
        name=str(ToolCallName(user_id, event.id)),
        tool=f"{TOOLS}{event.tool}",
        display_name=event.display_name,
        arguments=event.arguments,
        state=STATES[event.state],
        result=event.result,
        truncated=event.truncated,
    )


def failed(error: ServiceError, model: str) -> Response:
    """Put the end of a broken answer on the wire."""
    reason = error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{error.reason}")
    return Response(failed=Response.Failed(reason=reason, model=model))


def to_count(fill: Fill) -> service_pb.CountTokensResponse:
    """Put how full a window is on the wire."""
    return service_pb.CountTokensResponse(
        model=fill.model,
        input_tokens=fill.total,
        system_tokens=fill.system,
        turn_tokens=fill.turns,
        summary_tokens=fill.summary,
        dropped_turns=fill.dropped_turns,
        window_tokens=fill.window,
        window_exceeded=fill.exceeded,
        exact=fill.exact,
    )


def to_model(model: Model) -> service_pb.Model:
    """Put a model on the wire."""
    return service_pb.Model(
        name=f"models/{model.id}",
        display_name=model.display_name or model.id,
        provider=model.provider,
        window_tokens=model.window,
        max_output_tokens=model.max_output,
        capabilities=sorted(CAPABILITIES[each] for each in model.capabilities),
        input_micros_per_million_tokens=model.price.input,
        output_micros_per_million_tokens=model.price.output,
    )
