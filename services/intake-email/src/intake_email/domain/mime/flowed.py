"""Paragraphs out of `format=flowed` (RFC 3676): lines that end with a space go on in the next one.

Quoted lines stay as they are: who reads them counts their marks.
"""


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Text with its soft line breaks undone.

    Args:
        text: with LF or CRLF line ends.
        delete_space: `delsp=yes`: the space at a soft break is no part of the text.
    """
    out: list[str] = []
    open_line: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith(">") or line == "-- ":
            if open_line:
                out.append("".join(open_line))
                open_line = []
            out.append(line)
            continue
        stuffed = line[1:] if line.startswith(" ") else line
        if stuffed.endswith(" "):
            open_line.append(stuffed[:-1] if delete_space else stuffed)
            continue
        out.append("".join([*open_line, stuffed]))
        open_line = []
    if open_line:
        out.append("".join(open_line))
    return "\n".join(out)
