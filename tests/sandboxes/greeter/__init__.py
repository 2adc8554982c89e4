"""A package for code inside: it greets, or fails."""


def prepare(inputs):
    if inputs.get("name") == b"nobody":
        raise LookupError("there is nobody to greet")
    return inputs["name"]


def answer(state, question):
    return state + b" " + question
