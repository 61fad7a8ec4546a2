"""All of Parley on one machine: no Docker, no root, nothing installed system-wide."""
