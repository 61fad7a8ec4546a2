"""Every fault that is tried, in the order of its number."""

from tests.faults import deaths
from tests.faults.findings import Fault

FAULTS = (
    Fault("F01", "kill -9 chat at a random character", deaths.kill_chat, 2, 200),
    Fault("F02", "kill -9 llm at a random character", deaths.kill_llm, 2, 100),
    Fault("F03", "restart chat under live replies", deaths.restart_chat, 40, 500),
)
