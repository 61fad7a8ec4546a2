"""What a file's name promises."""

import re

CODE = {
    "c": "text/x-c",
    "cc": "text/x-c++",
    "cpp": "text/x-c++",
    "cs": "text/x-csharp",
    "css": "text/css",
    "ex": "text/x-elixir",
    "go": "text/x-go",
    "h": "text/x-c",
    "hpp": "text/x-c++",
    "hs": "text/x-haskell",
    "java": "text/x-java",
    "js": "text/javascript",
    "jsx": "text/javascript",
    "kt": "text/x-kotlin",
    "lua": "text/x-lua",
    "php": "text/x-php",
    "pl": "text/x-perl",
    "proto": "text/x-protobuf",
    "ps1": "text/x-powershell",
    "py": "text/x-python",
    "rb": "text/x-ruby",
    "rs": "text/x-rust",
    "rst": "text/x-rst",
    "scala": "text/x-scala",
    "sh": "text/x-shellscript",
    "sol": "text/x-solidity",
    "sql": "text/x-sql",
    "swift": "text/x-swift",
    "tex": "text/x-tex",
    "toml": "text/x-toml",
    "ts": "text/x-typescript",
    "tsx": "text/x-typescript",
    "xml": "text/xml",
    "yaml": "text/x-yaml",
    "yml": "text/x-yaml",
}
# Which kind of text a text is, is seen from its name best.
TEXTS = {
    **CODE,
    "csv": "text/csv",
    "log": "text/plain",
    "markdown": "text/markdown",
    "md": "text/markdown",
    "tab": "text/tab-separated-values",
    "text": "text/plain",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
}
OPEN_XML = "application/vnd.openxmlformats-officedocument"
DOCX = f"{OPEN_XML}.wordprocessingml.document"
PPTX = f"{OPEN_XML}.presentationml.presentation"
XLSX = f"{OPEN_XML}.spreadsheetml.sheet"
PROMISES = {
    **TEXTS,
    "doc": "application/msword",
    "docm": DOCX,
    "docx": DOCX,
    "dotx": DOCX,
    "eml": "message/rfc822",
    "epub": "application/epub+zip",
    "exe": "application/octet-stream",
    "gif": "image/gif",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "png": "image/png",
    "potx": PPTX,
    "ppsx": PPTX,
    "ppt": "application/vnd.ms-powerpoint",
    "pptm": PPTX,
    "pptx": PPTX,
    "rtf": "application/rtf",
    "svg": "image/svg+xml",
    "webp": "image/webp",
    "xhtml": "text/html",
    "xls": "application/vnd.ms-excel",
    "xlsm": XLSX,
    "xlsx": XLSX,
    "xltx": XLSX,
    "zip": "application/zip",
}
PLAIN = frozenset(TEXTS.values())


def ending(name: str) -> str:
    """Return what stands after a name's last dot, if that looks like an ending."""
    found = re.search(r"\.([A-Za-z0-9]{1,10})$", name.strip())
    return found[1].lower() if found else ""


def misleads(suffix: str, media_type: str) -> bool:
    """Whether a name that ends so promises something else; any text may be plain."""
    promised = PROMISES.get(suffix)
    if promised is None or promised == media_type:
        return False
    texts = {"text/html", "message/rfc822", "application/json", "image/svg+xml"}
    textual = PLAIN | texts
    if promised not in textual or media_type not in textual:
        return True
    return promised in texts and media_type in texts
