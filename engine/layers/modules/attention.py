"""Attention modules; an image ``[B, C, H, W]`` is a sequence of its pixels, row by row."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["DotProductAttention", "PositionalEmbedding", "SelfAttention"]


class SelfAttention(nn.Module):
    """Multi-head self-attention of ``[B, N, D]`` or the pixels of ``[B, D, H, W]``."""

    def __init__(
        self,
        features: int,
        heads: int,
        inner: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        inner = features if inner is None else inner
        self.qkv = nn.Linear(features, 3 * inner, bias=bias)
        self.proj = nn.Linear(inner, features, bias=bias)
        self.heads = heads
        self.dropout = dropout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same shape."""
        tokens = x.flatten(2).transpose(1, 2) if x.ndim == 4 else x
        qkv = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = qkv.unbind(0)
        rate = self.dropout if self.training else 0.0
        attend = nn.functional.scaled_dot_product_attention
        seen = attend(query, key, value, dropout_p=rate)
        result = self.proj(seen.transpose(1, 2).flatten(2))
        return result.transpose(1, 2).reshape(x.shape) if x.ndim == 4 else result


class DotProductAttention(nn.Module):
    """``softmax(Q K^T / scale) V`` of queries, keys and values, without weights."""

    def __init__(self, heads: int = 1, scaled: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.scale = None if scaled else 1.0

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
    ) -> torch.Tensor:
        """As many places as ``query``, as many features as ``value``."""
        q, k, v = self.split(query), self.split(key), self.split(value)
        seen = nn.functional.scaled_dot_product_attention(q, k, v, scale=self.scale)
        result = seen.transpose(1, 2).flatten(2)
        if query.ndim == 3:
            return result
        return result.transpose(1, 2).unflatten(2, query.shape[2:])

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, heads, N, D / heads]``."""
        tokens = x.flatten(2).transpose(1, 2) if x.ndim == 4 else x
        return tokens.unflatten(2, (self.heads, -1)).transpose(1, 2)


class PositionalEmbedding(nn.Module):
    """Adds a learned value for each place and channel."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.zeros(1, *shape))
        nn.init.trunc_normal_(self.embedding, std=0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same shape."""
        return x + self.embedding
