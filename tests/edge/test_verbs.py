"""What a verb may do, and how often a path is read."""

import pytest

from edge.envoy.methods import methods_of, read_descriptors
from edge.envoy.render import DESCRIPTORS
from tests.edge.envoy_process import Envoy
from tests.edge.protocols import JsonClient
from tests.edge.rpcs import ASK_FOR_IT, CREATE_USER, GET, NAME, REFRESH, SEND
from tests.edge.servicers import Script

# What these methods do changes nothing.
READING = ("Download", "Get", "List", "Read", "Resume", "Search", "Watch")


@pytest.mark.asvs("3.5.3")
def test_what_is_got_changes_nothing() -> None:
    got = {
        method.name
        for method in methods_of(read_descriptors(DESCRIPTORS))
        if any(binding.verb == "GET" for binding in method.bindings)
    }

    assert len(got) > 20
    assert {name for name in got if not name.startswith(READING)} == set()


@pytest.mark.asvs("3.5.3")
@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "path", [REFRESH.rest, REFRESH.path, CREATE_USER.rest, CREATE_USER.path, SEND.path]
)
async def test_what_changes_something_is_not_done_by_a_safe_verb(
    verb: str, path: str, envoy: Envoy, script: Script, token: str
) -> None:
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    for kind in ("application/json", "application/grpc-web+proto", "application/grpc"):
        headers["content-type"] = kind
        async with envoy.http.request(verb, f"{envoy.url}{path}", headers=headers):
            pass

    assert not script.seen


@pytest.mark.asvs("1.1.1")
async def test_a_path_is_decoded_once(
    json_client: JsonClient, script: Script, token: str
) -> None:
    twice = NAME.rpartition("/")[0] + "/%252Fa%2541"

    await json_client.send(GET, f"/v1/{twice}", "", token=token)

    once = NAME.rpartition("/")[0] + "/%2Fa%41"
    assert script.last.request == type(ASK_FOR_IT)(name=once)


@pytest.mark.asvs("1.2.3")
@pytest.mark.parametrize(
    "title", ['"}, {"a": "', "</script><script>alert(1)", "\\", "\u2028\n\t\0", "é🙂"]
)
async def test_no_text_breaks_out_of_json(
    title: str, json_client: JsonClient, script: Script, token: str
) -> None:
    script.title = title

    answer = await json_client.call(GET, ASK_FOR_IT, token=token)

    titled = GET.response(conversation={"name": NAME, "title": title})
    assert answer.responses == [titled]
