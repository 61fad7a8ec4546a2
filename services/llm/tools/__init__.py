"""Tools: what models may call, and how an answer comes about with their help."""
