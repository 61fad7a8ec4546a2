"""The call graph of Parley and its policy, as one picture: `make mesh-picture`."""
