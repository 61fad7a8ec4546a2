"""Reading files: a bounded child process for each, which a hostile file may break."""
