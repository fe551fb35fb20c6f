"""
How is a classifier tuned behind a GAN?
=======================================

A grid search fits the pipeline for every candidate in every fold, and a GAN takes far longer to
train than the classifier behind it. With `memory`, :class:`~skwbc.Pipeline` trains it once for each
fold, and still never on the images that a candidate is scored by.
"""

# %%
# The images
# ----------
# Drawn fields, cropped to the cell. A quarter is set aside for the test, before anything is tuned.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split

from skwbc import CellCropper, CNNClassifier, GANOverSampler, Pipeline
from skwbc.datasets import make_blood_cells

photos = make_blood_cells(
    240, weights=(0.2, 0.2, 0.2, 0.4), image_shape=(120, 160, 3), overlap=0.3, random_state=2
)
images = CellCropper((24, 24)).fit_transform(photos.images)
names = photos.target_names[photos.target]
X_train, X_test, y_train, y_test = train_test_split(images, names, stratify=names, random_state=0)

# %%
# The search
# ----------
# Every `random_state` is an integer: only then are the rows and the seeds of a fold the same for
# all candidates, and the GAN of one is that of the next. (So keep `classifier__validation_fraction`
# out of the grid: it decides which rows reach the GAN.) Two folds and a GAN of 1,000 images, whose
# last moment is taken and whose images are not judged, are for this page; take five and the
# default.

cache = tempfile.TemporaryDirectory()
gan = GANOverSampler(
    generator_filters=(48, 32, 24),
    discriminator_filters=(16, 24, 48, 64),
    max_images=1_000,
    batch_size=8,
    learning_rate=1e-3,
    validation_fraction=0,
    max_distance=None,
    min_diversity=0,
    random_state=0,
)
classifier = CNNClassifier(filters=(16, 32), epochs=12, batch_size=16, random_state=0)
pipeline = Pipeline([("gan", gan), ("classifier", classifier)], memory=cache.name)
search = GridSearchCV(
    pipeline,
    {"classifier__learning_rate": [3e-4, 1e-3, 3e-3]},
    scoring="balanced_accuracy",
    cv=StratifiedKFold(2, shuffle=True, random_state=0),
)
search.fit(X_train, y_train)

n_fits = 2 * len(search.cv_results_["params"]) + 1
n_trainings = len(list(Path(cache.name).rglob("output.pkl")))
print(f"{n_fits} fits of the pipeline, {n_trainings} trainings of the GAN")

# %%
# One for each fold, and one for the last fit, on all training images. The first candidate pays:

rates = [f"{rate:g}" for rate in search.cv_results_["param_classifier__learning_rate"]]
scores = [search.cv_results_[f"split{fold}_test_score"] for fold in range(2)]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
left.bar(rates, search.cv_results_["mean_fit_time"])
left.set(xlabel="learning rate, in the order of the search", ylabel="seconds a fold, mean")
for fold, of_fold in enumerate(scores):
    right.plot(rates, of_fold, "o-", label=f"fold {fold}", alpha=0.7)
right.axhline(0.25, color="0.6", linestyle=":", label="constant guess")
right.set(xlabel="learning rate", ylabel="balanced accuracy, real images", ylim=(0, 1.02))
right.legend(fontsize="small")
plt.show()
cache.cleanup()

# %%
# The test, once
# --------------
# The best score of a search is the largest of several, and therefore too high. The images set aside
# have chosen nothing, so they may judge the winner, one time. Whoever tries another grid after that
# has tuned on the test, and needs new images.

print(f"chosen: {search.best_params_}")
print(f"in the search: {search.best_score_:.2f}; on the test images: ", end="")
print(f"{search.score(X_test, y_test):.2f}, of {len(y_test)} images in {len(set(y_test))} classes")
between = np.ptp(scores, axis=0).max()
print(f"between the folds of one candidate: up to {100 * between:.0f} points")

# %%
# The bars show what `memory` saves. The lines show less: two folds of one candidate may lie as far
# apart as two candidates do, so the one chosen is not known to be the best.
#
# Where several photos show one patient, folds have to be of whole patients:
#
# .. code-block:: python
#
#     search = GridSearchCV(pipeline, grid, cv=StratifiedGroupKFold(3))
#     with sklearn.config_context(enable_metadata_routing=True):
#         search.fit(X_train, y_train, groups=patients)
#
# Without metadata routing, scikit-learn's search would keep the groups to itself: the images by
# which the classifier chooses its epoch would be drawn from all patients trained on.
