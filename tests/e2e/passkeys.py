"""Passkeys in a real browser, with a virtual authenticator, and what they are for."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from playwright.async_api import CDPSession, Page

from tests.e2e.pages import PASSWORD

FETCH = """
async ([path, body, token]) => {
  const answer = await fetch(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  return { status: answer.status, ...(await answer.json()) }
}
"""

# As web/src/shared/lib/passkeys.ts does.
CREATE = """
async (options) => {
  const asked = JSON.parse(options)
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked)
  return JSON.stringify(await navigator.credentials.create({ publicKey }))
}
"""
GET = """
async (options) => {
  const asked = JSON.parse(options)
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked)
  return JSON.stringify(await navigator.credentials.get({ publicKey }))
}
"""

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Person:
    """Somebody before a page of Parley, who has an authenticator in the browser."""

    page: Page
    devtools: CDPSession
    authenticator: str
    email: str = field(default_factory=lambda: f"{uuid4().hex}@parley.example")
    user: str = ""
    token: str = field(default="", repr=False)

    async def call(self, path: str, **body: Any) -> dict[str, Any]:
        """Call the API from the page."""
        answer: dict[str, Any]
        answer = await self.page.evaluate(FETCH, [f"/v1/{path}", body, self.token])
        return answer

    async def sign_up(self) -> None:
        answer = await self.call("users", user={"email": self.email}, password=PASSWORD)
        self.user, self.token = answer["user"]["name"], answer["accessToken"]["token"]

    async def create(self, options: str) -> str:
        """Make a passkey."""
        return str(await self.page.evaluate(CREATE, options))

    async def get(self, options: str) -> str:
        """Show a passkey."""
        return str(await self.page.evaluate(GET, options))

    async def begin(self) -> str:
        answer = await self.call(f"{self.user}/factors:beginPasskey")
        return str(answer["optionsJson"])

    async def complete(self, response: str) -> dict[str, Any]:
        return await self.call(
            f"{self.user}/factors:completePasskey", responseJson=response
        )

    async def add_passkey(self) -> dict[str, Any]:
        return await self.complete(await self.create(await self.begin()))

    async def options(self, challenge: str = "") -> str:
        """Ask which passkeys sign in: any, or those of who shows a challenge."""
        answer = await self.call("sessions:beginPasskey", challengeToken=challenge)
        return str(answer["optionsJson"])

    async def sign_in_with(self, response: str) -> dict[str, Any]:
        """Sign in with what a passkey said, and nothing else."""
        self.token = ""
        return await self.call("sessions:completePasskey", passkeyResponseJson=response)

    async def challenged(self) -> str:
        """Show the password, which is not enough."""
        self.token = ""
        answer = await self.call("sessions", email=self.email, password=PASSWORD)
        return str(answer["challenge"]["token"])

    async def verified(self, on: bool) -> None:
        """Have the authenticator recognise its user from here on, or not."""
        await self.devtools.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": self.authenticator, "isUserVerified": on},
        )

    async def count_from(self, count: int) -> None:
        """Set the counter of the passkey, as a copy or a restored backup would."""
        of = {"authenticatorId": self.authenticator}
        found = await self.devtools.send("WebAuthn.getCredentials", of)
        (credential,) = found["credentials"]
        id = {"credentialId": credential["credentialId"]}
        await self.devtools.send("WebAuthn.removeCredential", {**of, **id})
        credential["signCount"] = count
        await self.devtools.send(
            "WebAuthn.addCredential", {**of, "credential": credential}
        )


async def before(page: Page, url: str) -> Person:
    """Open Parley in a page whose browser has an authenticator."""
    await page.goto(url)
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    added = await devtools.send(
        "WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR}
    )
    return Person(page, devtools, added["authenticatorId"])


def changed(options: str, **changes: Any) -> str:
    """Change what a browser is asked for."""
    return json.dumps({**json.loads(options), **changes})


def reason(answer: dict[str, Any]) -> str:
    """Return why a call was refused."""
    assert answer["status"] >= 400, answer
    return str(answer["details"][0]["reason"])
