"""The index of chunks, on Milvus."""
