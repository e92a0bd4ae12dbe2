"""What all models of answers are made from."""

from pydantic import BaseModel


class Answer(BaseModel):
    """Something that the API answers with."""
