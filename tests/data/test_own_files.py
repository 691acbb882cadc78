"""Files as people have them: how each is read, or with which words it is refused."""

import gzip
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from nbhelpers import DataError, load

U = "0f8fad5b-d9cb-469f-a165-70867728950e"
V = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def lines(*rows: str, end: str = "\n") -> bytes:
    return "".join(row + end for row in rows).encode()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), data)
    return out.getvalue()


def parquet(**columns: object) -> bytes:
    return pd.DataFrame(columns).to_parquet(index=False)


PLAIN = lines(
    "userId,movieId,rating,timestamp",
    "1,10,4.5,1112486027",
    "1,20,3.0,1112484676",
    "2,10,5.0,1112484819",
)
STARS = [(1, 10, 4.5), (1, 20, 3.0), (2, 10, 5.0)]
WHOLE = [(1, 10, 4), (1, 20, 3), (2, 10, 5)]
LIKES = [(1, 10, 5), (1, 20, 5), (2, 10, 5)]

# name: (file name, bytes, options, ratings by the labels or ids of the file, in stars)
READ = {
    "movielens": ("r.csv", PLAIN, {}, STARS),
    "surprise: tabs, no names": (
        "u.data",
        lines("1\t10\t4\t881250949", "1\t20\t3\t881250950", "2\t10\t5\t881250951"),
        {},
        WHOLE,
    ),
    "surprise: blanks": (
        "r.txt",
        lines("1 10 4 881250949", "1 20  3 881250950", "2 10 5 881250951"),
        {},
        WHOLE,
    ),
    "surprise: no time": ("r.csv", lines("1,10,4", "1,20,3", "2,10,5"), {}, WHOLE),
    "double colons": (
        "r.dat",
        lines("1::10::4::978300760", "1::20::3::978302109", "2::10::5::978301968"),
        {},
        WHOLE,
    ),
    "lenskit": (
        "r.csv",
        lines(
            "user,item,rating,timestamp",
            "1,10,4.5,1112486027",
            "1,20,3.0,1112484676",
            "2,10,5.0,1112484819",
        ),
        {},
        STARS,
    ),
    "lenskit parquet": (
        "r.parquet",
        parquet(
            user_id=np.array([1, 1, 2], "int32"),
            item_id=np.array([10, 20, 10], "int32"),
            rating=np.array([4.5, 3, 5], "float32"),
            timestamp=pd.to_datetime(["2005-04-02", "2005-04-03", "2005-04-04"]),
        ),
        {},
        STARS,
    ),
    "recbole": (
        "ml.inter",
        lines(
            "user_id:token\titem_id:token\trating:float\ttimestamp:float",
            "1\t10\t4\t881250949",
            "1\t20\t3\t881250950",
            "2\t10\t5\t881250951",
        ),
        {},
        WHOLE,
    ),
    "excel: mark, semicolons, decimal comma": (
        "r.csv",
        b"\xef\xbb\xbf"
        + lines(
            "userId;movieId;rating;timestamp",
            "1;10;4,5;1112486027",
            "1;20;3;1112484676",
            "2;10;5;1112484819",
            end="\r\n",
        ),
        {},
        STARS,
    ),
    "pandas index": (
        "r.csv",
        lines(",userId,movieId,rating", "0,1,10,4.5", "1,1,20,3.0", "2,2,10,5.0"),
        {},
        STARS,
    ),
    "r row names": (
        "r.csv",
        lines('"user" "item" "rating"', '"1" 1 10 4.5', '"2" 1 20 3', '"3" 2 10 5'),
        {},
        STARS,
    ),
    "a separator too many": (
        "r.csv",
        lines("user,item,rating", "1,10,4.5,", "1,20,3.0,", "2,10,5.0,"),
        {},
        STARS,
    ),
    "ids written as 1.0": (
        "r.csv",
        lines("user,item,rating", "1.0,10.0,4.5", "1.0,20.0,3", "2.0,10.0,5"),
        {},
        STARS,
    ),
    "uuids": (
        "r.csv",
        lines("user,item,rating", f"{U},a,4.5", f"{U},b,3", f"{V},a,5"),
        {},
        [(U, "a", 4.5), (U, "b", 3), (V, "a", 5)],
    ),
    "emoji": (
        "r.csv",
        lines("user,item,rating", "🦊,🍕,4.5", "🦊,🍣,3", "🐻,🍕,5"),
        {},
        [("🦊", "🍕", 4.5), ("🦊", "🍣", 3), ("🐻", "🍕", 5)],
    ),
    "blanks around": (
        "r.csv",
        lines("user , item, rating", " ann,a , 4.5", "ann ,b,3", "bob,a,5"),
        {},
        [("ann", "a", 4.5), ("ann", "b", 3), ("bob", "a", 5)],
    ),
    "lost zeros are kept": (
        "r.csv",
        lines("user,isbn,rating", "1,0812,4.5", "1,812,3", "2,0812,5"),
        {},
        [(1, "0812", 4.5), (1, "812", 3), (2, "0812", 5)],
    ),
    "large ids": (
        "r.csv",
        lines(
            "user,item,rating",
            "9007199254740993,10,4.5",
            "9007199254740993,20,3",
            "9007199254740992,10,5",
        ),
        {},
        [("9007199254740993", 10, 4.5), ("9007199254740993", 20, 3), ("9007199254740992", 10, 5)],
    ),
    "ten points": ("r.csv", lines("user,item,rating", "1,10,9", "1,20,6", "2,10,10"), {}, STARS),
    "per cent": (
        "r.csv",
        lines("user,item,rating", "1,10,90%", "1,20,60%", "2,10,100%"),
        {},
        STARS,
    ),
    "out of 100": ("r.csv", lines("user,item,rating", "1,10,90", "1,20,60", "2,10,100"), {}, STARS),
    "thumbs": (
        "r.csv",
        lines("user,item,thumbs", "1,10,up", "1,20,down", "2,10,up"),
        {},
        [(1, 10, 5), (1, 20, 1), (2, 10, 5)],
    ),
    "thumbs as 1 and 0": (
        "r.csv",
        lines("user,item,liked", "1,10,1", "1,20,0", "2,10,1"),
        {},
        [(1, 10, 5), (1, 20, 1), (2, 10, 5)],
    ),
    "-1 and 1": (
        "r.csv",
        lines("user,item,vote", "1,10,1", "1,20,-1", "2,10,1"),
        {},
        [(1, 10, 5), (1, 20, 1), (2, 10, 5)],
    ),
    "true and false": (
        "r.jsonl",
        lines(
            '{"user":1,"item":10,"liked":true}',
            '{"user":1,"item":20,"liked":false}',
            '{"user":2,"item":10,"liked":true}',
        ),
        {},
        [(1, 10, 5), (1, 20, 1), (2, 10, 5)],
    ),
    "excel says its separator": (
        "r.csv",
        lines("sep=;", "user;item;rating", "1;10;4,5", "1;20;3", "2;10;5"),
        {},
        STARS,
    ),
    "one item left to be named": (
        "r.csv",
        lines("user,thing,rating", "1,10,4.5", "1,20,3", "2,10,5"),
        {"item": "thing"},
        STARS,
    ),
    "seven points, said": (
        "r.csv",
        lines("user,item,rating", "1,10,7", "1,20,4", "2,10,1"),
        {"scale": (1, 7)},
        [(1, 10, 5), (1, 20, 3), (2, 10, 1)],
    ),
    "a share of one": (
        "r.csv",
        lines("user,item,score", "1,10,0.9", "1,20,0.6", "2,10,1"),
        {},
        STARS,
    ),
    "rows deep in json": (
        "r.json",
        json.dumps(
            {"data": {"rows": [{"user": u, "item": i, "rating": r} for u, i, r in STARS]}}
        ).encode(),
        {},
        STARS,
    ),
    "afternoons": (
        "r.csv",
        lines("user,item,rating,date", *(f"{u},{i},{r},12/31/2004 3:45 PM" for u, i, r in STARS)),
        {},
        STARS,
    ),
    "without a date, no header": (
        "r.tsv",
        lines("ann\t2004-05-04T23:08:57Z\ta\t4.5", "ann\t2004-05-04T13:54:10Z\tb\t3"),
        {"user": "1", "time": "2", "item": "3", "rating": "4"},
        [("ann", "a", 4.5), ("ann", "b", 3)],
    ),
    "clicks": ("r.tsv", lines("visitor\tproduct", "1\t10", "1\t20", "2\t10", "2\t10"), {}, LIKES),
    "plays": ("r.csv", lines("user,song,plays", "1,10,812", "1,20,3", "2,10,1"), {}, LIKES),
    "milliseconds": (
        "r.csv",
        lines(
            "user,item,rating,ts",
            "1,10,4.5,1112486027000",
            "1,20,3,1112484676000",
            "2,10,5,1112484819000",
        ),
        {},
        STARS,
    ),
    "iso with zones": (
        "r.csv",
        lines(
            "user,item,rating,rated_at",
            "1,10,4.5,2005-04-03T01:53:47+02:00",
            "1,20,3,2005-04-02T23:31:16Z",
            "2,10,5,2005-04-02T16:33:39-07:00",
        ),
        {},
        STARS,
    ),
    "german": (
        "r.csv",
        lines(
            "Nutzer;Artikel;Bewertung;Datum",
            "1;10;4,5;02.04.2005",
            "1;20;3,0;03.04.2005",
            "2;10;5,0;04.04.2005",
        ),
        {},
        STARS,
    ),
    "spanish, with an accent": (
        "r.csv",
        lines(
            "id_usuario,id_libro,Puntuación,Fecha",
            "1,10,4.5,2005-04-02",
            "1,20,3,2005-04-03",
            "2,10,5,2005-04-04",
        ),
        {},
        STARS,
    ),
    "book-crossing": (
        "r.csv",
        'User-ID;"ISBN";"Book-Rating"\n1;"10";"9"\n1;"20";"6"\n2;"10";"10"\n2;"20";"0"\n'.encode(
            "latin-1"
        ),
        {"unrated": 0},
        STARS,
    ),
    "amazon reviews": (
        "r.json.gz",
        gzip.compress(
            lines(
                *(
                    json.dumps(
                        {
                            "reviewerID": u,
                            "asin": i,
                            "reviewerName": "Ann",
                            "helpful": [0, 0],
                            "reviewText": "…",
                            "overall": r,
                            "summary": "x",
                            "unixReviewTime": 1112486027,
                            "reviewTime": "04 3, 2005",
                        }
                    )
                    for u, i, r in [("A1", "B1", 4.0), ("A1", "B2", 3.0), ("A2", "B1", 5.0)]
                )
            )
        ),
        {},
        [("A1", "B1", 4), ("A1", "B2", 3), ("A2", "B1", 5)],
    ),
    "nested json": (
        "r.jsonl",
        lines(
            *(
                json.dumps({"user": {"id": u, "name": "x"}, "item": {"id": i}, "rating": r})
                for u, i, r in STARS
            )
        ),
        {"user": "user.id", "item": "item.id"},
        STARS,
    ),
    "a json list": (
        "r.json",
        json.dumps([{"user": u, "item": i, "rating": r} for u, i, r in STARS], indent=1).encode(),
        {},
        STARS,
    ),
    "a zip with its readme": (
        "r.zip",
        zipped(ml__ratings_csv=PLAIN, ml__README=b"Hello."),
        {},
        STARS,
    ),
    "gzip": ("r.csv.gz", gzip.compress(PLAIN), {}, STARS),
    "utf-16": (
        "r.csv",
        "user\titem\trating\n1\t10\t4.5\n1\t20\t3\n2\t10\t5\n".encode("utf-16"),
        {},
        STARS,
    ),
    "cp1252, said": (
        "r.csv",
        "user,item,rating\nJosé,10,4.5\nJosé,20,3\n2,10,5\n".encode("cp1252"),
        {"encoding": "cp1252"},
        [("José", 10, 4.5), ("José", 20, 3), ("2", 10, 5)],
    ),
    "one user": ("r.csv", lines("user,item,rating", "1,10,4.5", "1,20,3"), {}, STARS[:2]),
    "the last of two": (
        "r.csv",
        lines(
            "user,item,rating,time",
            "1,10,4.5,1112486027",
            "1,20,3,1112486027",
            "2,10,5,1112486029",
            "2,10,1,1112486028",
        ),
        {"duplicates": "last"},
        STARS,
    ),
    "without faulty rows": (
        "r.csv",
        lines("user,item,rating", "1,10,4.5", ",10,3", "1,20,3", "2,10,5", "2,20,five"),
        {"faulty": "drop"},
        STARS,
    ),
    "a rating of films is none": (
        "r.csv",
        lines("user_id,item_id,rating,score", "1,10,PG-13,4.5", "1,20,R,3", "2,10,PG-13,5"),
        {},
        STARS,
    ),
    "american dates, said": (
        "r.csv",
        lines(
            "user,item,rating,date", "1,10,4.5,04/03/2005", "1,20,3,04/02/2005", "2,10,5,04/01/2005"
        ),
        {"dates": "mdy"},
        STARS,
    ),
    "day first, plainly": (
        "r.csv",
        lines(
            "user,item,rating,date", "1,10,4.5,13/03/2005", "1,20,3,04/02/2005", "2,10,5,04/01/2005"
        ),
        {},
        STARS,
    ),
    "blank lines": (
        "r.csv",
        lines("user,item,rating", "", "1,10,4.5", "", "1,20,3", "2,10,5", "", ""),
        {},
        STARS,
    ),
    "a line break in a cell": (
        "r.csv",
        lines("user,item,rating,review", '1,10,4.5,"a\nb"', "1,20,3,", '2,10,5,"say ""yes"""'),
        {},
        STARS,
    ),
    "no end to the last line": ("r.csv", PLAIN[:-1], {}, STARS),
}

# name: (file name, bytes, options, line or None, words in the message)
REFUSED = {
    "two users": (
        "r.csv",
        lines("user_id,customer_id,item,rating", "1,7,10,4.5"),
        {},
        1,
        ["'user_id'", "'customer_id'", "nbhelpers adopt", "--user user_id --item item"],
    ),
    "no names that say it": (
        "r.csv",
        lines("a,b,c", "1,10,4.5", "2,20,3"),
        {},
        1,
        ["No column could be recognised as the user", "the item", "'a'", "--user COLUMN"],
    ),
    "ratings not called so": (
        "r.csv",
        lines("user,item,x", "1,10,4", "2,20,3"),
        {},
        1,
        ["'x'", "may be the rating", "--rating x", "none"],
    ),
    "times not called so": (
        "r.csv",
        lines("user,item,rating,x", "1,10,4,1112486027"),
        {},
        1,
        ["'x'", "may be the time", "--time x"],
    ),
    "stars that are no numbers": (
        "r.csv",
        lines("user,item,rating", "1,10,★★★★", "1,20,★★"),
        {},
        1,
        ["'rating'", "called rating, but does not hold numbers", "--rating none"],
    ),
    "fractions of five": ("r.csv", lines("user,item,rating", "1,1,4/5"), {}, 1, ["'rating'"]),
    "days that Excel counts": (
        "r.csv",
        lines("user,item,rating,date", "1,10,4,44197"),
        {},
        1,
        ["'date'", "called time", "--time none"],
    ),
    "years": ("r.csv", lines("user,item,rating,date", "1,10,4,2019"), {}, 1, ["called time"]),
    "two columns of a name": (
        "r.csv",
        lines("user,item,rating,rating", "1,1,4,5"),
        {},
        1,
        ["Two columns are called 'rating'"],
    ),
    "a line above the names": (
        "r.csv",
        lines("# by me", "user,item,rating", "1,1,4", "1,2,4"),
        {},
        1,
        ["first line has 1 fields, but most others have 3"],
    ),
    "lists of items": ("r.csv", lines("user,items", '1,"[1,2]"'), {}, 2, ["item id is a list"]),
    "seven points": (
        "r.csv",
        lines("user,item,rating", "1,1,7", "1,2,2"),
        {},
        None,
        ["from 2 to 7", "--scale 2 7"],
    ),
    "below zero": (
        "r.csv",
        lines("user,joke,rating", "1,1,-9.5", "1,2,7.25"),
        {},
        None,
        ["from -9.5 to 7.25", "scale=(-9.5, 7.25)"],
    ),
    "counts called ratings": (
        "r.csv",
        lines("user,item,rating", "1,1,1", "1,2,312"),
        {},
        None,
        ["--rating none", "each row is a like"],
    ),
    "half of a character": (
        "r.jsonl",
        lines('{"user":"\\ud800","item":2}', '{"user":"b","item":2}'),
        {},
        None,
        ["'user'", "half of a character"],
    ),
    "kinds of ids in json": (
        "r.jsonl",
        lines('{"user":"1","item":2}', '{"user":1,"item":2}'),
        {},
        None,
        ["'user'", "several kinds"],
    ),
    "text that reads backwards": (
        "r.csv",
        "user,item\n\u202eann,1\n".encode(),
        {},
        2,
        ["control characters"],
    ),
    "a column that is not there": ("r.csv", PLAIN, {"user": "uesr"}, 1, ["'uesr'", "'userId'"]),
    "empty": ("r.csv", b"", {}, None, ["The file is empty"]),
    "only blanks": ("r.csv", b" \n\n", {}, None, ["The file is empty"]),
    "header only": ("r.csv", lines("user,item,rating"), {}, 1, ["no row"]),
    "missing ids": (
        "r.csv",
        lines("user,item,rating", "1,10,4", ",10,3", "2,,3", "NaN,20,3"),
        {},
        3,
        [
            "3 of 4 rows",
            "user id is missing, 2 times (lines 3, 5)",
            "item id is missing (line 4)",
            "--faulty drop",
        ],
    ),
    "fractions of ids": (
        "r.csv",
        lines("user,item,rating", "1,10,4", "2.5,10,3"),
        {},
        3,
        ["user id is not a whole number", "'2.5'"],
    ),
    "ids with an exponent": (
        "r.csv",
        lines("user,item,rating", "1,1.2E+10,4"),
        {},
        2,
        ["item id is not a whole number"],
    ),
    "nan ratings": (
        "r.csv",
        lines("user,item,rating", "1,10,4", "2,10,nan"),
        {},
        3,
        ["rating is missing"],
    ),
    "endless ratings": (
        "r.csv",
        lines("user,item,rating", "1,10,4", "2,10,inf"),
        {},
        3,
        ["rating is not a number", "'inf'"],
    ),
    "text ratings": (
        "r.csv",
        lines("user,item,rating", "1,10,4", "2,10,five", "3,10,4"),
        {},
        3,
        ["rating is not a number", "'five'"],
    ),
    "duplicates": (
        "r.csv",
        lines("user,item,rating", "1,10,4", "2,10,3", "1,10,5"),
        {},
        2,
        ["1 such pair of", "lines 2, 4", "--duplicates last"],
    ),
    "look-alikes": (
        "r.csv",
        "user,item,rating\nJose\u0301,1,4\nJos\u00e9,2,3\nx\u200b,1,3\nx,1,2\n".encode(),
        {},
        2,
        ["looks the same"],
    ),
    "a short row": (
        "r.csv",
        lines(
            "user,item,rating", "1,10,4", "2,10", "3,10,4", "4,10,4", "5,10,4", "6,10,4", "7,10,4"
        ),
        {},
        3,
        ["2 fields", "3 fields in every row"],
    ),
    "a long row": (
        "r.csv",
        lines(
            "user,item,rating",
            "1,10,4",
            "2,10,3,5",
            "3,10,4",
            "4,10,4",
            "5,10,4",
            "6,10,4",
            "7,10,4",
        ),
        {},
        3,
        ["4 fields"],
    ),
    "an open quotation mark": (
        "r.csv",
        lines(
            "user,item,rating",
            "1,10,4",
            '"2,10,3',
            "3,10,4",
            "4,10,4",
            "5,10,4",
            "6,10,4",
            "7,10,4",
        ),
        {},
        3,
        ["quotation marks in pairs"],
    ),
    "not utf-8": (
        "r.csv",
        "user,item,rating\n1,a,4\n2,é,3\n".encode("latin-1"),
        {},
        3,
        ["0xe9", "--encoding cp1252"],
    ),
    "a nul byte": ("r.csv", b"user,item,rating\n1,a,4\n2,\x00b,3\n", {}, 3, ["control character"]),
    "days and months": (
        "r.csv",
        lines("user,item,rating,date", "1,10,4,03/04/2005"),
        {},
        None,
        ["03/04/2005", "--dates dmy"],
    ),
    "two units of time": (
        "r.csv",
        lines(
            "user,item,rating,ts", "1,10,4,1112486027", "1,20,4,1112486027", "2,10,4,1112486027000"
        ),
        {},
        4,
        ["time is in ms, where others are in s"],
    ),
    "the 30th of February": (
        "r.csv",
        lines("user,item,rating,date", "1,10,4,2005-02-03", "2,10,4,2005-02-30"),
        {},
        3,
        ["time is not a valid date or time", "'2005-02-30'"],
    ),
    "many zeros": (
        "r.csv",
        lines(
            "user,item,rating",
            *(f"{u},{i},{0 if (u + i) % 2 else 7}" for u in range(9) for i in range(9)),
        ),
        {},
        None,
        ["ratings are 0", "--unrated 0", "--scale 0"],
    ),
    "-1 for not rated": (
        "r.csv",
        lines("user_id,anime_id,rating", "1,20,-1", "1,24,10", "2,20,8"),
        {},
        None,
        ["--unrated -1"],
    ),
    "beyond the scale said": ("r.csv", PLAIN, {"scale": (1, 4)}, None, ["3 to 5", "1 to 4"]),
    "a page": ("r.csv", b"<!doctype html><html></html>", {}, None, ["web page"]),
    "excel": (
        "r.xlsx",
        zipped(**{"xl__workbook.xml": b"<a/>"}),
        {},
        None,
        ["Excel workbook", "CSV UTF-8"],
    ),
    "two files in a zip": (
        "r.zip",
        zipped(a_csv=PLAIN, b_csv=PLAIN),
        {},
        None,
        ["2 files", "--member a.csv"],
    ),
    "a gzip cut short": (
        "r.csv.gz",
        gzip.compress(PLAIN)[:-12],
        {},
        None,
        ["damaged or cut short"],
    ),
    "a zip cut short": ("r.zip", zipped(a_csv=PLAIN)[:-30], {}, None, ["damaged"]),
    "parquet cut short": ("r.parquet", parquet(user=[1], item=[2])[:-9], {}, None, ["damaged"]),
    "broken json": (
        "r.jsonl",
        lines('{"user":1,"item":2}', '{"user":1,"item":'),
        {},
        2,
        ["not valid JSON"],
    ),
    "json of numbers": (
        "r.jsonl",
        lines('{"user":1,"item":2}', '{"user":1,"item":3}', "3"),
        {},
        3,
        ["int, not an object"],
    ),
    "one column": ("r.csv", lines("user", "1", "2"), {}, 1, ["no commas, semicolons or tabs"]),
    "no such file": (None, b"", {}, None, ["no such file"]),
    "floats that lost digits": (
        "r.parquet",
        parquet(user=[1e17, 2e17], item=[1, 2], rating=[1.0, 5.0]),
        {},
        None,
        ["not a whole number"],
    ),
    "a matrix": (
        "r.csv",
        lines("user,film1,film2,film3", "1,4,5,3", "2,1,,4"),
        {},
        1,
        ["No column could be recognised as the item", "table.melt('user'"],
    ),
    "an old workbook": ("r.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", {}, None, ["Excel", "CSV"]),
    "a PDF": ("r.csv", b"%PDF-1.7 \xe2\xe3", {}, None, ["a PDF", "Save the table as CSV"]),
    "a database": ("r.csv", b"SQLite format 3\0\x10", {}, None, ["SQLite"]),
    "a pointer": ("r.csv", b"version https://git-lfs.github.com/spec/v1\n", {}, None, ["lfs pull"]),
    "no text at all": ("r.csv", bytes(range(256)), {}, None, ["not text", "NUL"]),
    "other spreadsheets": (
        "r.ods",
        zipped(mimetype="x", **{"content.xml": "<x/>"}),
        {},
        None,
        ["LibreOffice", "Save the table as CSV"],
    ),
    "an archive without a table": ("r.zip", zipped(**{"readme.md": "x"}), {}, None, ["no table"]),
    "an archive without that file": (
        "r.zip",
        zipped(a_csv=PLAIN),
        {"member": "c.csv"},
        None,
        ["There is no 'c.csv' in the archive", "--member a.csv", "member='a.csv'"],
    ),
    "few rows, of unequal length": (
        "r.csv",
        lines("user,item,rating", "1,2,3", "2,3", "2,3,4,5"),
        {},
        3,
        ["This row has 2 fields, but the first line has 3"],
    ),
    "few rows, one with a comma in quotes": (
        "r.csv",
        lines("user,item,rating", '1,"a, b",3', "2,3", "", "2,3,4,5"),
        {},
        3,
        ["This row has 2 fields, but the first line has 3"],
    ),
    "another archive": ("r.csv", b"Rar!\x1a\x07\x01\x00", {}, None, ["a RAR archive", "Unpack it"]),
    "a quotation mark in few rows": (
        "r.csv",
        lines("user,item,rating", '1,"Alien,3', "2,b,4"),
        {},
        2,
        ["opened here and never closed"],
    ),
    "no user at all": (
        "r.csv",
        lines("user,item,rating", "1,2,3"),
        {"user": "none"},
        None,
        ["cannot do without the user", "only ratings and times"],
    ),
}


def named(data):
    """Ratings by the ids of the file."""
    users, movies = (
        dict(zip(labels["id"], labels["label"], strict=True)) if labels is not None else {}
        for labels in (data.user_labels, data.movie_labels)
    )
    rows = data.ratings[["user_id", "movie_id", "rating"]].itertuples(index=False)
    return sorted(
        (str(users.get(u, u)), str(movies.get(m, m)), round(float(r), 4)) for u, m, r in rows
    )


@pytest.mark.parametrize("case", READ)
def test_read(case, tmp_path):
    name, raw, options, expected = READ[case]
    (tmp_path / name).write_bytes(raw)
    data = load(tmp_path / name, **options)
    assert named(data) == sorted((str(u), str(i), float(r)) for u, i, r in expected)
    times = data.ratings["timestamp"]
    assert str(times.dtype) == "datetime64[s]"
    assert times.isna().all() or times.dt.year.between(1997, 2005).all()
    low, high = data.scale
    assert data.ratings["rating"].between(low, high).all() and high == 5
    assert data.ratings[["user_id", "movie_id"]].dtypes.eq("int32").all()


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case, tmp_path):
    name, raw, options, line, words = REFUSED[case]
    path = tmp_path / (name or "missing.csv")
    if name:
        path.write_bytes(raw)
    with pytest.raises(DataError) as error:
        load(path, **options)
    said = str(error.value)
    assert said.startswith(str(path) + (f":{line}:" if line else ":")), said
    for word in words:
        assert word in said, f"{word!r} is not in: {said}"


def test_a_name_with_a_slip_is_answered_by_the_nearest(tmp_path):
    for name in ("a.csv", "b.csv", "good.csv"):
        (tmp_path / name).write_bytes(PLAIN)
    with pytest.raises(DataError, match=r"no such file\. Did you mean good\.csv\?"):
        load(tmp_path / "goood.csv")
    with pytest.raises(DataError, match="There is no folder"):
        load(tmp_path / "nowhere" / "good.csv")


def test_what_is_told_to_do_can_be_done(tmp_path):
    """Options are of the ratings: neither a second file nor a frame has any on the command line."""
    ratings = pd.DataFrame({"user": [1, 2], "item": [1, 2], "rating": [3, 4]})
    path = tmp_path / "items.csv"
    path.write_text("id,name\n1,Alien\n2,Heat\n", encoding="utf-8")
    with pytest.raises(DataError, match="In the first line of this file, call") as error:
        load(ratings, items=path)
    assert "item='id'" not in str(error.value)
    with pytest.raises(DataError, match="No other column is left") as error:
        load(ratings.drop(columns="user"))
    assert "Add a column for the user" in str(error.value)
    with pytest.raises(DataError, match="user='a'") as error:
        load(ratings.rename(columns={"user": "a"}))
    assert "nbhelpers adopt" not in str(error.value)
