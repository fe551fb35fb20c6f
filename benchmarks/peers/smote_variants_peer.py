"""smote-variants: one of its many samplers, polynom-fit-SMOTE in the shape of a star.

It blends each image with the mean of its class, in equal steps, and gives them image by image. It
knows two classes, the smaller of which is filled. So each class stands against all others, and
these are repeated until there is one step more for each image than is needed.
"""

import numpy as np
import smote_variants
from exchange import answer


def make(task):
    """Fill each class from the lines between its images and their mean."""
    return {c: fill(task, c, n) for c, n in task.n_needed.items()}


def fill(task, c, n_needed):
    """Make images of one class, and take some at random."""
    mine, others = task.rows[task.y == c], task.rows[task.y != c]
    others = np.resize(others, (2 * len(mine) + n_needed, others.shape[1]))
    rows = np.concatenate([mine, others]).astype(float)
    is_mine = np.repeat([1, 0], [len(mine), len(others)])
    sampler = smote_variants.polynom_fit_SMOTE_star(random_state=task.seed)
    made, _ = sampler.sample(rows, is_mine)
    made = made[len(rows) :]
    return made[np.random.default_rng(task.seed).choice(len(made), n_needed, replace=False)]


if __name__ == "__main__":
    answer(make)
