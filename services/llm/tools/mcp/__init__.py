"""Tools of MCP servers that the operator allows."""
