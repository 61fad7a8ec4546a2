"""The context: what of a conversation a model is shown, and what is summarised."""
