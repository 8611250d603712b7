from chainrule.data_lines import LISTED, class_weight_lines, column_lines, data_notes

DATA = {
    "name": "shop.csv",
    "classes": ["no", "yes"],
    "examples": {"train": 6, "validation": 2, "test": 2},
    "columns": [["age", "number", 0], ["city", "category", 3], ["vip\x1b", "boolean", 0]],
    "notes": ['"same" is the same in every row and is left out'],
    "never_seen": {"city": 2},
}


def test_the_columns_of_a_table_are_listed_by_what_they_were_taken_for() -> None:
    assert column_lines(DATA) == [
        "numbers, standardised: age",
        r"booleans, 0 or 1: vip\u001b",
        "categories, with an input for each text: city (3)",
        "to predict: classes (no, yes)",
    ]
    several = {**DATA, "classes": [], "targets": ["y", "z"]}
    assert column_lines(several)[-1] == "to predict: numbers (y, z)"
    assert column_lines({"name": "digits", "classes": ["0"]}) == []
    many = {**DATA, "columns": [[f"x{index}", "number", 0] for index in range(LISTED + 3)]}
    assert column_lines(many)[0].endswith("x19 and 3 more")


def test_notes_and_texts_never_seen_are_told_with_the_data_sets_name() -> None:
    constant, unseen = data_notes(DATA)
    assert constant == 'shop.csv: "same" is the same in every row and is left out'
    assert unseen.startswith(
        'shop.csv: 2 validation or test examples of the first split have a text in "city"'
    )
    assert data_notes({"name": "digits"}) == []


def test_a_column_that_names_the_rows_is_to_be_left_out() -> None:
    named = {**DATA, "columns": [["customer", "category", 10]], "never_seen": {"customer": 4}, "notes": []}
    (note,) = data_notes(named)
    assert note.startswith(
        'shop.csv: "customer" has another text in every row, so nothing can be learnt from it; '
    )
    assert note.endswith('; to leave it out: id = "customer" or drop = ["customer"]')


def test_the_weight_of_each_class_is_told_in_one_line() -> None:
    weights = {"late\x1b": 2.0, "soon": 2 / 3}
    assert class_weight_lines("balanced", weights) == [
        r"class weights: balanced, in the first split late\u001b 2, soon 0.667"
    ]
    assert class_weight_lines({"late": 2.0}, weights) == [r"class weights: late\u001b 2, soon 0.667"]
    assert class_weight_lines(None, {}) == []
    many = {str(index): 1.0 for index in range(LISTED + 3)}
    assert class_weight_lines("balanced", many)[0].endswith("19 1 and 3 more")
