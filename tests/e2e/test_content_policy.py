"""What a browser keeps pages from doing, should anybody get words into one."""

import pytest

from tests.e2e.pages import Parley

# What is tried in a page, and which part of its policy forbids that.
TRIED = {
    "a plugin": ("add('object', { data: '/x.swf' })", "object-src"),
    "a frame": ("add('iframe', { src: '/' })", "frame-src"),
    "an image of others": ("add('img', { src: '//evil.example/x.png' })", "img-src"),
    "a script of others": (
        "add('script', { src: '//evil.example/x.js' })",
        "script-src-elem",
    ),
    "a style of one's own": ("add('style', { textContent: '*{}' })", "style-src-elem"),
    "a call elsewhere": ("fetch('//evil.example/').catch(() => {})", "connect-src"),
    "another base": ("add('base', { href: '//evil.example/' })", "base-uri"),
}
TRY = """() => new Promise((resolve) => {
  addEventListener('securitypolicyviolation', (event) => {
    resolve(event.effectiveDirective)
  }, { once: true })
  const add = (name, properties) =>
    document.body.append(Object.assign(document.createElement(name), properties))
  %s
})"""


@pytest.mark.asvs("3.7.1", "14.2.3")
@pytest.mark.parametrize("what", TRIED)
async def test_a_page_may_not(parley: Parley, what: str):
    attempt, forbidden_by = TRIED[what]
    await parley.open("/sign-in")

    found = await parley.page.evaluate(TRY % attempt)

    assert found == forbidden_by
    parley.complaints.clear()


@pytest.mark.asvs("3.7.1")
async def test_pages_have_no_plugins(parley: Parley):
    await parley.sign_up()

    assert await parley.page.locator("object, embed, applet").count() == 0
