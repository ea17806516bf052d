"""Byte-level byte-pair encoding that splits text as llama.cpp does for `tokenizer.ggml.pre = qwen2`.

That kind of splitting is chosen because every digit becomes a token of its own, which makes sums learnable, and
because most engines know it.
"""

import re
from collections import Counter

# The qwen2 expression of llama.cpp's src/llama-vocab.cpp, with the classes that Python's `re` lacks written
# otherwise: \p{L} as [^\W\d_] and \p{N} as \d. Equal for ASCII, which is all that the model is taught.
_PRETOKEN = re.compile(
    r"'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]"
    r"|(?:[^\r\n\w]|_)?[^\W\d_]+|\d| ?(?:[^\s\w]|_)+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

Symbols = tuple[str, ...]


def byte_alphabet() -> list[str]:
    """GPT-2's printable stand-in for each byte, in the order of the bytes (openai/gpt-2 src/encoder.py)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    spare = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(spare)) for byte in range(256)]


_ALPHABET = byte_alphabet()


def pretokens(text: str) -> list[Symbols]:
    return [tuple(_ALPHABET[b] for b in piece.encode()) for piece in _PRETOKEN.findall(text)]


def _merge(symbols: Symbols, left: str, right: str) -> Symbols:
    merged: list[str] = []
    for symbol in symbols:
        if merged and merged[-1] == left and symbol == right:
            merged[-1] = left + right
        else:
            merged.append(symbol)
    return tuple(merged)


def learn_merges(texts: list[str], vocabulary_size: int) -> list[tuple[str, str]]:
    """The most frequent neighbours first, ties in the order of the text, until there are enough tokens."""
    words = Counter(piece for text in texts for piece in pretokens(text))
    merges: list[tuple[str, str]] = []
    tokens = set(_ALPHABET)
    while len(tokens) < vocabulary_size:
        neighbours: Counter[tuple[str, str]] = Counter()
        for symbols, count in words.items():
            for two in zip(symbols, symbols[1:]):
                neighbours[two] += count
        # A token reached by two different merges would stand twice in the vocabulary, which aborts llama.cpp.
        fresh = [two for two in neighbours if two[0] + two[1] not in tokens]
        if not fresh:
            raise ValueError(f"the text has only {len(tokens)} tokens, not {vocabulary_size}: ask for fewer")
        left, right = max(fresh, key=lambda two: neighbours[two])
        merges.append((left, right))
        tokens.add(left + right)
        recounted: Counter[Symbols] = Counter()
        for symbols, count in words.items():
            recounted[_merge(symbols, left, right)] += count
        words = recounted
    return merges


class ByteLevelTokenizer:
    """Tokens are the 256 bytes, then one per merge, then the control tokens, which are found in the text first."""

    def __init__(self, merges: list[tuple[str, str]], control_tokens: list[str]) -> None:
        self.merges = merges
        self.control_tokens = control_tokens
        self.tokens = [*_ALPHABET, *(left + right for left, right in merges), *control_tokens]
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        self._rank = {two: rank for rank, two in enumerate(merges)}
        self._control = re.compile("(" + "|".join(map(re.escape, control_tokens)) + ")")
        self._known: dict[Symbols, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for part in self._control.split(text):
            if part in self.control_tokens:
                ids.append(self.ids[part])
            else:
                for symbols in pretokens(part):
                    ids.extend(self._encode_word(symbols))
        return ids

    def decode(self, ids: list[int]) -> str:
        of_symbol = {symbol: byte for byte, symbol in enumerate(_ALPHABET)}
        return bytes(of_symbol[c] for i in ids for c in self.tokens[i]).decode(errors="replace")

    def _encode_word(self, word: Symbols) -> list[int]:
        if word not in self._known:
            symbols = word
            while True:
                known = [two for two in zip(symbols, symbols[1:]) if two in self._rank]
                if not known:
                    break
                symbols = _merge(symbols, *min(known, key=lambda two: self._rank[two]))
            self._known[word] = [self.ids[symbol] for symbol in symbols]
        return self._known[word]
