"""Tables that say of which class, and of which group, each file is."""

import numpy as np
import pandas as pd
import pytest
from image_folders import write_image

from skwbc.datasets import load_image_folder


def test_table_of_labels(folder):
    table = {"filename": ["b/1.png", "a/0.png"], "label": [2, 10], "group": ["p1", "p2"]}
    expected = load_image_folder(folder, labels=table)
    assert expected.groups.tolist() == ["p2", "p1"]
    assert expected.target_names.tolist() == ["10", "2"]
    assert expected.target.tolist() == [0, 1]
    pd.DataFrame(table).to_csv(folder / "labels.csv", index=False)
    for labels in (pd.DataFrame(table), folder / "labels.csv", str(folder / "labels.csv")):
        bunch = load_image_folder(folder, labels=labels)
        assert bunch.filenames == expected.filenames
        assert bunch.target.tolist() == expected.target.tolist()
        assert bunch.groups.tolist() == expected.groups.tolist()


def test_class_called_na_is_a_class(folder):
    (folder / "labels.csv").write_text("filename,label\na/0.png,NA\nb/0.png,b\n", encoding="utf-8")
    bunch = load_image_folder(folder, labels=folder / "labels.csv")
    assert bunch.target_names.tolist() == ["NA", "b"]
    assert bunch.groups.tolist() == ["a/0", "b/0"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"file": ["a"], "label": ["x"]}, r"columns 'filename', 'label'.*received \['file'"),
        ({"filename": ["a/0.png", "b/0.png"], "label": ["x", None]}, "1 rows have a gap"),
        ({"filename": ["a/0.png"] * 2, "label": ["x", "y"]}, "1 rows repeat one.*'a/0.png'"),
        ({"filename": ["a/0.png", "b/../a/0.png"], "label": ["x", "y"]}, "1 rows repeat one"),
        (pd.DataFrame([["a/0.png", "x", "y"]], columns=["filename", "label", "label"]), "once"),
        ({"filename": ["a/0.png"], "label": ["x"]}, "at least two classes"),
        ({"filename": [], "label": []}, "found none"),
        ({"a/0.png": "x", "b/0.png": "y"}, "the columns 'filename' and 'label'"),
        ({"filename": ["a/0.png", "b/0.png"], "label": ["x", " "]}, "1 rows have a gap"),
        ({"filename": ["a/0.png", "a/0.png "], "label": ["x", "y"]}, "1 rows repeat one"),
        (
            {"filename": ["a/0.png", "b/0\0.png"], "label": ["x", "y"]},
            r"names of files .*'b/0\\x00",
        ),
    ],
)
def test_wrong_table(folder, labels, message):
    with pytest.raises(ValueError, match=message):
        load_image_folder(folder, labels=labels)


def test_blanks_around_the_values_of_a_table_do_not_count(folder):
    write_image(folder / "a" / "2.png ", format="PNG")
    labels = folder / "labels.csv"
    labels.write_text(
        "filename, label ,group\na/0.png ,EOSINOPHIL ,p1\n a/1.png,EOSINOPHIL, p1\n"
        "a/2.png ,EOSINOPHIL,p2\nb/0.png, b,p 3 \n",
        encoding="utf-8",
    )
    for table in (labels, pd.read_csv(labels)):
        bunch = load_image_folder(folder, labels=table)
        assert bunch.target_names.tolist() == ["EOSINOPHIL", "b"]
        assert sorted(bunch.groups) == ["p 3", "p1", "p1", "p2"]
        assert sorted(bunch.filenames) == [
            str(folder / name) for name in ("a/0.png", "a/1.png", "a/2.png ", "b/0.png")
        ]


@pytest.mark.parametrize("name", ["Group", " GROUP"])
def test_capitals_of_columns_do_not_count(folder, name):
    table = {"Filename": ["a/0.png", "b/0.png"], "LABEL": ["a", "b"], name: ["p", "p"]}
    assert load_image_folder(folder, labels=table).groups.tolist() == ["p", "p"]


def test_columns_that_are_not_used_are_told_if_there_are_no_groups(folder):
    table = {"filename": ["a/0.png", "b/0.png"], "label": ["a", "b"], "patient": [1, 1], "age": 9}
    with pytest.warns(UserWarning, match=r"not used: patient, age\. Each photo is") as caught:
        bunch = load_image_folder(folder, labels=pd.DataFrame(table))
    assert caught[0].filename == __file__
    assert bunch.groups.tolist() == ["a/0", "b/0"]
    load_image_folder(folder, labels=pd.DataFrame(table | {"group": [1, 1]}))


def test_a_file_by_two_names_is_one(folder):
    files = ["a/0.png", str(folder / "a" / "0.png"), "b/0.png"]
    with pytest.raises(ValueError, match="1 rows repeat one"):
        load_image_folder(folder, labels={"filename": files, "label": ["x", "y", "y"]})
    (folder / "a" / "again.png").hardlink_to(folder / "a" / "0.png")
    files[1] = "a/again.png"
    with pytest.raises(ValueError, match="1 rows repeat one"):
        load_image_folder(folder, labels={"filename": files, "label": ["x", "y", "y"]})


def test_groups_of_numbers_and_text_are_text(folder):
    labels = {"filename": ["a/0.png", "b/0.png"], "label": ["a", "b"], "group": [12, "12a"]}
    bunch = load_image_folder(folder, labels=labels)
    assert np.unique(bunch.groups).tolist() == ["12", "12a"]


def test_groups_keep_their_type(folder):
    table = {"filename": ["a/0.png", "b/0.png"], "label": ["a", "b"], "group": [7, 8]}
    assert load_image_folder(folder, labels=table).groups.dtype == np.int64


@pytest.mark.parametrize("label", ["a", "a,1", '"a;1"'])
def test_a_table_separated_by_semicolons(folder, label):
    text = f"filename;label;group\na/0.png;b;p\nb/0.png;{label};p, q\nb/1.png;{label};p\n"
    (folder / "labels.csv").write_text(text, encoding="utf-8-sig")
    bunch = load_image_folder(folder, labels=folder / "labels.csv")
    assert bunch.target_names.tolist() == [label.strip('"'), "b"]
    assert bunch.groups.tolist() == ["p", "p, q", "p"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("filename\tlabel\na/0.png\ta\n", r"separated by commas or semicolons; received \['file"),
        ("filename,label\na/0.png,a,x\nb/0.png,b,x\n", "more values than the first line has"),
        ("filename;label\na/0.png;a;x\nb/0.png;b;p, q\n", "more values than the first line has"),
        (
            "filename,label,label,group\na/0.png,a,c,p\nb/0.png,b,c,q\n",
            "each column of labels once",
        ),
        ("filename;label;label\na/0.png;a;c\nb/0.png;b;c\n", "each column of labels once"),
        ("filename;class\na/0.png;a\n", r"received \['filename', 'class'\]"),
        ("filename,label\na/0.png,a\nb/0.png,b,c\n", "Expected 2 fields in line 3, saw 3"),
    ],
)
def test_a_table_of_another_form(folder, text, message):
    (folder / "labels.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_image_folder(folder, labels=folder / "labels.csv")


def test_classes_that_differ_by_the_coding_of_accents_are_told(folder):
    table = {"filename": ["a/0.png", "b/0.png"], "label": ["zell\u00e9", "zelle\u0301"]}
    with pytest.warns(UserWarning, match="the coding of accents alone"):
        load_image_folder(folder, labels=table)


def test_classes_that_differ_by_case_alone_are_told(folder):
    files = ["a/0.png", "a/1.png", "b/0.png", "b/1.png"]
    table = {"filename": files, "label": ["Eosinophil", "EOSINOPHIL", "b", "stra\u00dfe"]}
    with pytest.warns(UserWarning, match="alone: 'EOSINOPHIL', 'Eosinophil'. Each") as caught:
        bunch = load_image_folder(folder, labels=table)
    assert caught[0].filename == __file__
    assert len(bunch.target_names) == 4
    load_image_folder(folder, labels=table, leave_out=["EOSINOPHIL"])


def test_table_names_a_file_that_is_not_there(folder):
    labels = {"filename": ["a/0.png", "b/9.png"], "label": ["a", "b"]}
    with pytest.raises(OSError, match=r"1 of 2 files.*\n.*9\.png: No such file"):
        load_image_folder(folder, labels=labels)


@pytest.mark.parametrize("content", [b"", b"\x92\x00\xff"])
def test_a_table_that_cannot_be_read_is_named(tmp_path, content):
    table = tmp_path / "table.csv"
    table.write_bytes(content)
    with pytest.raises(ValueError, match=r"a CSV file of labels at .*table\.csv: "):
        load_image_folder(tmp_path, labels=table)
