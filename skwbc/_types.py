"""Types of what the public functions take, for readers and type checkers."""

import os
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

ClassWeight = dict[Any, float] | Literal["balanced", "sqrt_balanced"] | None
Filters = Sequence[int]
ImageShape = tuple[int, ...] | list[int]
PathLike = str | os.PathLike[str]
SamplingStrategy = float | str | dict[Any, int] | Callable[..., dict[Any, int]]
Seed = int | np.random.RandomState | None
