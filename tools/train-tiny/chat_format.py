"""ChatML, the one form in which the model sees text, once in Jinja for the GGUF and once in Python for training.

No token stands before the first message: there is no BOS to add. A turn is
`<|im_start|>role\\ncontent<|im_end|>\\n`, and the model ends its answer with `<|im_end|>`.
"""

END_OF_TEXT = "<|endoftext|>"
TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
CONTROL_TOKENS = [END_OF_TEXT, TURN_START, TURN_END]

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def system_text(instruction: str) -> str:
    return f"{TURN_START}system\n{instruction}{TURN_END}\n"


def prompt_text(question: str) -> str:
    """One user turn and the opening of the answer: what is read."""
    return f"{TURN_START}user\n{question}{TURN_END}\n{TURN_START}assistant\n"


def answer_text(answer: str) -> str:
    """What is written."""
    return f"{answer}{TURN_END}"


# Stands between the end of an answer and the next turn: read, never written, for generation stops at TURN_END.
AFTER_ANSWER = "\n"
