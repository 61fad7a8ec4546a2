"""Which models there are, who runs them, and what they can do and cost."""
