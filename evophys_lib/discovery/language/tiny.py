"""A tokenizer and a small model, both from nothing: no file, no network.

Tokens are the words of some texts and the printable characters of ASCII, so that any
law can be spelt: numbers digit by digit, u_x and sin as one. Joined again they are the
text.
"""

import re
import string
from collections.abc import Iterable
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

WORD = r"[A-Za-z]\w*"
END, FILL, UNKNOWN = "<end>", "<fill>", "<unknown>"


def tokenizer(texts: Iterable[str]) -> Any:
    """Of the words in some texts, as transformers' `PreTrainedTokenizerFast`."""
    words = {word for text in texts for word in re.findall(WORD, text)}
    names = [END, FILL, UNKNOWN, *sorted(words | {*string.printable})]
    whole = Tokenizer(
        models.WordLevel({name: i for i, name in enumerate(names)}, unk_token=UNKNOWN)
    )
    whole.pre_tokenizer = pre_tokenizers.Split(Regex(rf"{WORD}|[\s\S]"), "isolated")
    whole.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=whole,
        eos_token=END,
        pad_token=FILL,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
    )


def model(tokens: Any, *, width: int = 64, layers: int = 2, heads: int = 4) -> Any:
    """A causal language model with random weights (Touvron et al. 2023, LLaMA).

    tokens: its tokenizer. width: of a token's vector. The seed is `torch`'s.
    """
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokens),
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            max_position_embeddings=1024,
            bos_token_id=None,
            eos_token_id=tokens.eos_token_id,
            pad_token_id=tokens.pad_token_id,
        )
    )
