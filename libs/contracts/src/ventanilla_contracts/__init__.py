"""What Ventanilla's services share: events, ids, subjects, streams, rights and the two error families.

Imports pydantic and nothing else, so that anybody may integrate with it (Apache-2.0). It holds no behaviour beyond
deriving names and ids: how to publish and consume lies in `ventanilla_runtime`.
"""
