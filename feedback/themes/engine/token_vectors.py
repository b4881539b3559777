"""Tables with one vector for each token; a text is the sum of its tokens' vectors, at length 1.

wordllama's table is read from the files of its package, because its own loader would look in the home folder
and then on the network. The distilled table lies beside this module: see ``distilled/README.md``.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from threading import Lock

import numpy as np
from scipy import sparse

WORDLLAMA_ID = "wordllama-l2-supercat-256"
WORDLLAMA_WEIGHTS = "weights/l2_supercat_256.safetensors"
WORDLLAMA_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
DISTILLED = Path(__file__).with_name("distilled")
DISTILLED_ID = "distilled-minilm-128"
UNKNOWN = "[UNK]"
BATCH = 2_000
LONGEST_TEXT = 4_000
WORDS_REMEMBERED = 300_000


class EngineUnavailable(RuntimeError):
    """The files of the vectors are not where they should be."""


class TokenVectors:
    """Sums up the vectors of tokens.

    Each different word is cut into tokens once; the threads of a worker share what was learnt.
    """

    def __init__(self, model_id: str, tokenizer, table: np.ndarray) -> None:
        self.model_id, self.dimensions = model_id, table.shape[1]
        self._table, self._tokenizer = table, tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._learning = Lock()
        self._forget()

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One float32 row of length 1 for each text; a text without any known token gives zeros."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            chunk = [text[:LONGEST_TEXT].split() for text in texts[start : start + BATCH]]
            vectors[start : start + len(chunk)] = self._pool(chunk)
        return unit_rows(vectors)

    def _pool(self, texts: list[list[str]]) -> np.ndarray:
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        words = list(chain.from_iterable(texts))
        with self._learning:
            self._learn(words)
            numbers = np.fromiter(map(self._numbers.__getitem__, words), dtype=np.int64, count=len(words))
            # Never changed in place, so they still fit the numbers when another thread learns more.
            bounds_of_words, tokens = self._bounds, self._tokens
        first = bounds_of_words[numbers]
        sizes = bounds_of_words[numbers + 1] - first
        ends = np.concatenate(([0], np.cumsum(sizes)))
        places = np.repeat(first - ends[:-1], sizes) + np.arange(ends[-1])
        bounds = ends[np.concatenate(([0], np.cumsum(lengths)))]
        counts = sparse.csr_matrix(
            (np.ones(ends[-1], dtype=np.float32), tokens[places], bounds),
            shape=(len(texts), len(self._table)),
        )
        return np.asarray(counts @ self._table)

    def _learn(self, words: Iterable[str]) -> None:
        unseen = [word for word in dict.fromkeys(words) if word not in self._numbers]
        if len(self._numbers) + len(unseen) > WORDS_REMEMBERED:
            self._forget()
            unseen = list(dict.fromkeys(words))
        if not unseen:
            return
        encoded = self._tokenizer.encode_batch_fast(unseen, add_special_tokens=False)
        ids = [entry.ids for entry in encoded]
        ends = self._bounds[-1] + np.cumsum([len(row) for row in ids])
        flat = np.fromiter(chain.from_iterable(ids), dtype=np.int32)
        self._bounds = np.concatenate((self._bounds, ends))
        self._tokens = np.concatenate((self._tokens, np.clip(flat, 0, len(self._table) - 1)))
        self._numbers.update(zip(unseen, range(len(self._numbers), len(self._bounds)), strict=False))

    def _forget(self) -> None:
        self._numbers: dict[str, int] = {}
        self._bounds = np.zeros(1, dtype=np.int64)
        self._tokens = np.zeros(0, dtype=np.int32)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Each row divided by its length; rows of zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    return (vectors / lengths).astype(np.float32, copy=False)


def wordllama(folder: Path) -> TokenVectors:
    """The table of the wordllama package that lies in ``folder``. Raises EngineUnavailable."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    weights, tokenizer = folder / WORDLLAMA_WEIGHTS, folder / WORDLLAMA_TOKENIZER
    _must_be_there((weights, tokenizer), "Install the package wordllama 0.4 again.")
    table = load_file(weights)["embedding.weight"].astype(np.float32)
    return TokenVectors(WORDLLAMA_ID, Tokenizer.from_file(str(tokenizer)), table)


def distilled() -> TokenVectors:
    """The table that was distilled from all-MiniLM-L6-v2. Raises EngineUnavailable."""
    from safetensors.numpy import load_file

    weights, vocabulary = DISTILLED / "table.safetensors", DISTILLED / "vocabulary.txt"
    _must_be_there((weights, vocabulary), "It belongs to this program: install that again.")
    stored = load_file(weights)
    table = stored["rows"].astype(np.float32) * stored["scales"].astype(np.float32)[:, None]
    return TokenVectors(DISTILLED_ID, word_pieces(vocabulary), table)


def word_pieces(vocabulary: Path):
    """The tokenizer of uncased BERT models, from its list of word pieces."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    pieces = vocabulary.read_text(encoding="utf-8").split("\n")
    numbers = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def _must_be_there(paths: Iterable[Path], advice: str) -> None:
    for path in paths:
        if not path.is_file():
            raise EngineUnavailable(f"{path} is missing. {advice}")
