"""Write the constructed mails of headers, charsets, structure, attachments, html and hostile_small, always the same.

    python -m tests.data.email.build_mails

Mails taken from other software lie in the same folders; LICENCES.md there names them. They are not written by this.
"""

from pathlib import Path

from tests.data.email.building import (
    addresses,
    attachments,
    charsets,
    damaged,
    disputed_bodies,
    disputed_heads,
    encoded_words,
    filenames,
    headers,
    hostile,
    html,
    odd_bodies,
    odd_files,
    odd_heads,
    odd_html,
    odd_texts,
    packed,
    rare_bodies,
    rare_heads,
    seldom_bodies,
    seldom_heads,
    structure,
)
from tests.data.email.building.form import write


def build(root: Path) -> None:
    """Write all of them into the folders of `root`."""
    write(
        root / "headers",
        [
            *headers.MAILS,
            *addresses.MAILS,
            *encoded_words.MAILS,
            *odd_heads.MAILS,
            *rare_heads.MAILS,
            *seldom_heads.MAILS,
            *disputed_heads.HEADS,
        ],
    )
    write(root / "charsets", [*charsets.MAILS, *odd_texts.MAILS, *disputed_bodies.TEXTS])
    write(
        root / "structure",
        [
            *structure.MAILS,
            *damaged.MAILS,
            *odd_bodies.MAILS,
            *rare_bodies.BODIES,
            *seldom_bodies.BODIES,
            *disputed_bodies.BODIES,
        ],
    )
    write(
        root / "attachments",
        [
            *attachments.MAILS,
            *filenames.MAILS,
            *packed.MAILS,
            *odd_files.MAILS,
            *rare_bodies.FILES,
            *seldom_bodies.FILES,
            *disputed_bodies.FILES,
        ],
    )
    write(root / "html", [*html.MAILS, *odd_html.MAILS, *seldom_bodies.PAGES])
    write(root / "hostile_small", hostile.MAILS)


if __name__ == "__main__":
    build(Path(__file__).parent)
