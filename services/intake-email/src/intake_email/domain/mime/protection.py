"""Signed and encrypted mail (RFC 8551, RFC 3156, RFC 9580 section 6): told apart and left whole."""

from intake_email.domain.mime.structure import Part

_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


def protection_of(root: Part, text: str) -> str | None:
    """How a mail is protected: `pgp-encrypted`, `pgp-signed`, `smime-encrypted`, `smime-signed`; None: not at all."""
    kind = root.kind
    if kind == "multipart/encrypted":
        return "pgp-encrypted"
    if kind == "multipart/signed":
        return "pgp-signed" if "pgp" in root.type.get("protocol").lower() else "smime-signed"
    if kind in _SMIME:
        return "smime-signed" if is_signed_smime(root) else "smime-encrypted"
    if "-----BEGIN PGP " in text:
        if "-----BEGIN PGP MESSAGE-----" in text:
            return "pgp-encrypted"
        if "-----BEGIN PGP SIGNED MESSAGE-----" in text:
            return "pgp-signed"
    if len(root.children) == 1 or (root.children and kind == "multipart/mixed"):
        return protection_of(root.children[0], "")  # a list's footer stands around it
    return None


def is_signed_smime(part: Part) -> bool:
    """Whether a part is an opaque signature: its words lie inside it."""
    if part.kind not in _SMIME:
        return False
    declared = part.type.get("smime-type").lower()
    name = (part.type.get("name") or part.disposition.get("filename")).lower()
    return declared == "signed-data" or (not declared and name.endswith((".p7s", ".p7z")))
