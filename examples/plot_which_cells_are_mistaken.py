"""
Which cells are mistaken, and does the network know?
====================================================

An accuracy says how often a network errs. Which classes it confuses, what these images look like,
and whether its probabilities warn of the error, is seen only when every image is predicted by a
network that was not trained on it.
"""

# %%
# Predict every image once
# ------------------------
# Drawn fields, cropped to the cell, with classes that overlap more than by default. In each of five
# folds a network learns from four fifths of the images and names the rest. One view of a cell takes
# half the time of both.

from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from skwbc import CellCropper, CompactCNNClassifier
from skwbc.datasets import make_blood_cells
from skwbc.displays import ImageGridDisplay

photos = make_blood_cells(240, image_shape=(120, 160, 3), overlap=0.9, random_state=4)
images = CellCropper((32, 32)).fit_transform(photos.images)
names = photos.target_names[photos.target]

classifier = CompactCNNClassifier(
    view="colour", filters=(16, 32, 64), epochs=30, batch_size=16, random_state=0
)
probabilities = cross_val_predict(
    classifier,
    images,
    names,
    cv=StratifiedKFold(5, shuffle=True, random_state=0),
    method="predict_proba",
)
predicted = photos.target_names[probabilities.argmax(axis=1)]
wrong = predicted != names
print(f"{wrong.sum()} of {len(names)} images are mistaken")

# %%
# Which classes
# -------------
# Counts, not shares: a row of twenty images should look like one.

figure, ax = plt.subplots(figsize=(5, 4), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    names, predicted, ax=ax, colorbar=False, cmap="Blues", xticks_rotation=30
)
plt.show()

# %%
# What they look like
# -------------------
# A row for each confusion, the frequent ones first.

kinds = np.char.add(np.char.add(names, " called "), predicted)
frequent = [kind for kind, _ in Counter(kinds[wrong].tolist()).most_common(6)]
figure, ax = plt.subplots(figsize=(9, 5.2), layout="compressed")
ImageGridDisplay.from_arrays(images[wrong], kinds[wrong], classes=frequent, ax=ax)
plt.show()

# %%
# Does the network know?
# ----------------------
# Sorted by the probability that the network gave to its answer, and cut into five parts of equally
# many images: how many of each part are right? The bars are Wilson's 95 % intervals. A network
# that means what it says lies on the line.

confidence = probabilities.max(axis=1)
figure, ax = plt.subplots(figsize=(5, 4), layout="constrained")
ax.plot([0, 1], [0, 1], color="0.6", linestyle=":", label="as often right as said")
for rows in np.array_split(np.argsort(confidence), 5):
    share = np.mean(~wrong[rows])
    low, high = binomtest(int(np.sum(~wrong[rows])), len(rows)).proportion_ci(method="wilson")
    ends = [[share - low], [high - share]]
    ax.errorbar(confidence[rows].mean(), share, yerr=ends, fmt="o", color="C0", capsize=3)
ax.set(xlabel="mean probability of the answer", xlim=(0.2, 1.02), ylim=(0.2, 1.02))
ax.set_ylabel(f"share of right answers, of {len(rows)} each")
ax.legend()
plt.show()

print(f"least sure fifth: {wrong[np.argsort(confidence)[: len(names) // 5]].sum()} of the errors")

# %%
# Most errors take a cell of a small class for one of a larger class, and the fourteen monocytes are
# hardly ever named: the accuracy hides that, the matrix shows it. Errors gather among the answers
# of low probability, so a person who looks at the least sure fifth finds a good part of them.
#
# More can't be read here. A point of 48 images has an interval of up to thirty points, so a network
# that is somewhat too sure looks like one that isn't; a confusion seen twice may be chance; and
# each fold's probabilities were calibrated on some thirty validation images. On photos of another
# laboratory the network errs far more often (:doc:`/classifiers`): draw these figures on images
# of the place where it is to work.
