"""`AUTH_IDENTITY_PROVIDERS_FILE`: what it may say, and how it teaches."""

from pathlib import Path
from textwrap import dedent

import pytest

from services.auth.identities.file import read_providers
from services.kit.yaml_file import Unreadable

SECRETS = {"A_SECRET": "s3cret"}


def written(folder: Path, text: str) -> Path:
    file = folder / "providers.yaml"
    file.write_text(dedent(text))
    return file


def test_each_kind_is_known_by_a_few_lines(tmp_path: Path):
    (tmp_path / "secret").write_text("from a file\n")
    file = written(
        tmp_path,
        f"""
        providers:
        - {{id: google, kind: google, client_id: x, client_secret: A_SECRET}}
        - id: github
          kind: github
          client_id: x
          client_secret_file: {tmp_path}/secret
        - id: ms
          kind: microsoft
          tenant: common
          client_id: x
          client_secret: A_SECRET
        - id: own
          kind: oidc
          display_name: Our own
          issuer: https://id.example/realms/main
          client_id: x
          client_auth: none
        """,
    )

    google, github, microsoft, own = read_providers(file, SECRETS)

    assert google.provider.display_name == "Google"
    assert google.issuer == "https://accounts.google.com"
    assert google.allows("https://oauth2.googleapis.com/token")
    assert google.algorithms == ("RS256",)
    assert github.client_secret == "from a file"
    assert github.api == "https://api.github.com"
    assert microsoft.issuer == "https://login.microsoftonline.com/{tenantid}/v2.0"
    assert "/common/v2.0/.well-known/" in microsoft.metadata
    assert (own.client_secret, own.client_auth) == ("", "none")
    assert not own.provider.sign_up
    assert not own.provider.trust_email
    assert "s3cret" not in repr(google)


GOOD = "id: a, kind: oidc, display_name: A, issuer: 'https://a.example', client_id: x"
WRONG = {
    f"{{{GOOD}}}": "client_auth: none",
    f"{{{GOOD}, client_secret: s3cret}}": "should match pattern",
    f"{{{GOOD}, client_secret: NOT_SET}}": "NOT_SET is not set",
    f"{{{GOOD}, client_secret_file: /nowhere}}": "No such file",
    f"{{{GOOD}, client_secret: A_SECRET, sign_up: true}}": "needs `trust_email: true`",
    f"{{{GOOD}, client_secret: A_SECRET, scopes: [email]}}": "need `openid`",
    f"{{{GOOD}, client_secret: A_SECRET, algorithms: [none]}}": "Input should be",
    f"{{{GOOD}, client_secret: A_SECRET, algorithms: [HS256]}}": "Input should be",
    f"{{{GOOD}, client_secret: A_SECRET, client_auth: none}}": "must be no secret",
    f"{{{GOOD}, client_secret: A_SECRET, tenant: x}}": "for microsoft alone",
    f"{{{GOOD}, client_secret: A_SECRET, hosts: ['https://b.example/']}}": "pattern",
    f"{{{GOOD}, client_secret: A_SECRET, color: red}}": "Extra inputs",
    "{id: a, kind: oidc, client_id: x, client_secret: A_SECRET}": "needs an `issuer`",
    "{id: a, kind: microsoft, client_id: x, client_secret: A_SECRET}": "a `tenant`",
    "{id: A, kind: google, client_id: x, client_secret: A_SECRET}": "pattern",
    "{id: a, kind: google, client_id: x, display_name: '<b>'}": "pattern",
}
ISSUERS = [
    "http://a.example",
    "ftp://a.example",
    "https://a.example?x=1",
    "https://a.example#x",
    "https://user:password@a.example",
    "https://",
    "https://a.example:port",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("provider", WRONG)
def test_what_does_not_fit_is_named_with_what_to_write(provider: str, tmp_path: Path):
    file = written(tmp_path, f"providers:\n- {provider}\n")

    with pytest.raises(Unreadable) as wrong:
        read_providers(file, SECRETS)

    assert WRONG[provider] in str(wrong.value)
    assert str(file) in str(wrong.value)
    assert "s3cret" not in str(wrong.value)


@pytest.mark.asvs("10.5.3")
@pytest.mark.parametrize("issuer", ISSUERS)
def test_an_issuer_has_to_be_encrypted_and_whole(issuer: str, tmp_path: Path):
    provider = (
        f"{{id: a, kind: oidc, display_name: A, client_id: x, "
        f"client_secret: A_SECRET, issuer: '{issuer}'}}"
    )
    file = written(tmp_path, f"providers:\n- {provider}\n")

    with pytest.raises(Unreadable, match="has to be an https:// address"):
        read_providers(file, SECRETS)


def test_two_of_one_name_are_refused(tmp_path: Path):
    one = f"- {{{GOOD}, client_secret: A_SECRET}}\n"
    file = written(tmp_path, "providers:\n" + one + one)

    with pytest.raises(Unreadable, match="two providers 'a'"):
        read_providers(file, SECRETS)
