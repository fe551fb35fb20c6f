"""smote-variants: one of its many samplers, polynom-fit-SMOTE in the shape of a star.

It knows two classes, the smaller of which is filled. So each class stands against all others, and
these are repeated until they outnumber it by as much as it is to grow.
"""

import numpy as np
import smote_variants
from exchange import answer


def make(task):
    """Fill each class from the polynomial that runs through its images."""
    return {c: fill(task, c, n) for c, n in task.n_needed.items()}


def fill(task, c, n_needed):
    """Make images of one class."""
    mine, others = task.rows[task.y == c], task.rows[task.y != c]
    others = np.resize(others, (len(mine) + n_needed, others.shape[1]))
    rows = np.concatenate([mine, others]).astype(float)
    is_mine = np.repeat([1, 0], [len(mine), len(others)])
    sampler = smote_variants.polynom_fit_SMOTE_star(random_state=task.seed)
    made, _ = sampler.sample(rows, is_mine)
    return made[len(rows) :][:n_needed]


if __name__ == "__main__":
    answer(make)
