"""Holds users' budgets to what they ask of llm themselves, without chat."""
