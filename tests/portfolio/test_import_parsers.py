"""Is each format read as it is meant?"""

import json
from decimal import Decimal

import pytest

from app.portfolio.rules.imports import coinbase
from app.portfolio.rules.imports.rows import Parsed, Refused, Twin
from tests.portfolio.importing import COINBASE, TRADES, read, sample


def rows(text, **how):
    """The rows that its lines tell of, shortly."""
    return [
        (row.type, row.symbol, row.quantity, row.price, row.fee, row.currency)
        for line in read(text, **how)
        if isinstance(line, Parsed)
        for row in line.entries
    ]


def reasons(text, **how):
    """Why lines were refused, by line."""
    return {line.line: line.reason for line in read(text, **how) if not isinstance(line, Parsed)}


class TestEncoding:
    TEXT = "Datum;Typ;Symbol;Anzahl;Preis;Gebühr\n02.01.2024;Kauf;SAP.DE;1,5;100,25;1,00\n"

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
    )
    def test_is_found(self, encoding):
        expected = ("buy", "SAP.DE", Decimal("1.5"), Decimal("100.25"), Decimal("1.00"), "USD")

        assert rows(self.TEXT.encode(encoding)) == [expected]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_delimiters_and_line_ends_are_found(self, delimiter, ending):
        lines = ["date,type,symbol,quantity,price", "2024-01-02,buy,KO,2,50.5", ""]
        text = ending.join(line.replace(",", delimiter) for line in lines)

        assert rows(text) == [("buy", "KO", 2, Decimal("50.5"), 0, "USD")]

    def test_a_quote_that_never_ends_spoils_its_own_line_only(self):
        text = 'date,type,symbol,quantity,price\n2024-01-02,buy,"KO,2,50.5\n' + (
            "2024-01-03,buy,KO,2,50.5\n" * 60
        )

        assert set(reasons(text)) == {2}
        assert len(rows(text)) == 60


class TestInteractiveBrokers:
    def trade(self, quantity="10", *, code="O", fee="-1", category="Stocks", symbol="KO"):
        return (
            f'Trades,Data,Order,{category},USD,{symbol},"2024-01-05, 09:32:10",{quantity},50,50,'
            f"-500,{fee},501,0,0,{code}\n"
        )

    def test_takes_back_what_was_cancelled(self):
        text = TRADES + self.trade() + self.trade() + self.trade("-10", code="Ca")

        assert len(rows(text)) == 1
        assert reasons(text) == {
            3: "The trade was cancelled in line 4.",
            4: "It takes back the trade in line 3.",
        }
        alone = TRADES + self.trade("-10", code="Ca;P")
        assert "not in this file" in reasons(alone)[2]

    def test_takes_a_rebate_as_income(self):
        assert [row[0] for row in rows(TRADES + self.trade(fee="0.35"))] == ["buy", "interest"]

    @pytest.mark.parametrize("category", ["Equity and Index Options", "Futures", "Bonds", "Forex"])
    def test_leaves_out_what_is_not_kept_here(self, category):
        assert set(reasons(TRADES + self.trade(category=category))) == {2}

    def test_knows_crypto(self):
        (line,) = read(TRADES + self.trade(category="Crypto", symbol="BTC.USD-PAXOS"))

        assert (line.entries[0].asset_type, line.entries[0].symbol) == ("crypto", "BTC")

    def test_counts_executions_only_where_there_are_no_orders(self):
        fills = self.trade("4").replace("Order", "Trade") + self.trade("6").replace(
            "Order", "Trade"
        )

        assert len(rows(TRADES + fills)) == 2
        assert len(rows(TRADES + self.trade() + fills)) == 1

    def test_takes_a_tax_that_is_given_back_as_income(self):
        text = "Withholding Tax,Header,Currency,Date,Description,Amount,Code\n" + "".join(
            f"Withholding Tax,Data,USD,2024-06-13,KO(US1912161007) Cash Dividend - US Tax,{one},\n"
            for one in ("-8.75", "8.75", "-8.75", "0")
        )
        found = rows("Statement,Header,Field Name,Field Value\n" + text)

        assert [row[0] for row in found] == ["fee", "dividend", "fee"]

    def test_reads_splits_and_their_second_half_once(self):
        action = (
            'Corporate Actions,Data,Stocks,USD,2024-03-03,"2024-03-02, 20:25:00","{}",{},0,0,0,{}\n'
        )
        words = "GRTS(US40638K1016) Split 1 for 30 (GRTS, GRITSTONE, US40638K1016)"
        text = (
            "Statement,Header,Field Name,Field Value\n"
            "Corporate Actions,Header,Asset Category,Currency,Report Date,Date/Time,Description,"
            "Quantity,Proceeds,Value,Realized P/L,Code\n"
            + action.format(words, -90, "")
            + action.format(words, 3, "")
            + action.format("ABC(US0000000001) Merged(Acquisition) 1 for 2", 3, "")
            + action.format(words.replace("30", "31"), 3, "Ca")
        )
        lines = read(text)

        assert [type(line) for line in lines] == [Parsed, Twin, Refused, Refused]
        assert lines[0].entries[0].quantity == Decimal("0.033333333333333333")
        assert "record" in lines[2].reason.lower()

    def test_reads_transfers(self):
        text = (
            "Statement,Header,Field Name,Field Value\n"
            "Transfers,Header,Asset Category,Currency,Symbol,Date,Type,Direction,Xfer Company,"
            "Xfer Account,Qty,Xfer Price,Market Value,Realized P/L,Cash Amount,Code\n"
            'Transfers,Data,Stocks,USD,KO,2024-01-05,ACATS,In,--,1,"2,500",--,"125,000",0,0,\n'
            'Transfers,Data,Stocks,USD,KO,2024-02-05,ACATS,Out,--,1,-250,--,"-12,500",0,0,\n'
            "Transfers,Data,Cash,USD,,2024-02-05,ACATS,In,--,1,,--,,0,500,\n"
            "Transfers,Data,Total,,,,,,,,,,1,0,0,\n"
        )

        assert rows(text) == [
            ("transfer_in", "KO", 2500, 50, 0, "USD"),
            ("transfer_out", "KO", 250, 0, 0, "USD"),
        ]
        assert set(reasons(text)) == {5}


class TestCoinbase:
    def row(self, kind="Buy", *, coin="BTC", units="0.1", money="USD", price="$100", notes=""):
        return (
            f"{kind}-1,2024-01-02 10:00:00 UTC,{kind},{coin},{units},{money},{price},$10.00,"
            f"$10.50,$0.50,{notes}\n"
        )

    def test_makes_two_rows_of_a_conversion(self):
        note = "Converted 0.1 BTC to 2.5 ETH"
        text = COINBASE + self.row("Convert", price="$105", notes=note)

        assert rows(text) == [
            ("sell", "BTC", Decimal("0.1"), 105, Decimal("0.50"), "USD"),
            ("buy", "ETH", Decimal("2.5"), 4, 0, "USD"),
        ]
        assert "notes" in reasons(COINBASE + self.row("Convert", notes="Converted"))[2]
        assert (
            "nothing" in reasons(COINBASE + self.row("Convert", notes=note.replace("2.5", "0")))[2]
        )

    def test_makes_income_and_a_purchase_of_a_reward(self):
        found = rows(COINBASE + self.row("Staking Income", coin="ETH2"))

        assert [(row[0], row[1]) for row in found] == [("buy", "ETH"), ("interest", "ETH")]

    def test_takes_a_dollar_coin_as_dollars(self):
        assert rows(COINBASE + self.row(money="USDC"))[0][5] == "USD"

    @pytest.mark.parametrize(
        ("kind", "coin", "part"),
        [
            ("Deposit", "USD", "cash"),
            ("Retail Unstaking Transfer", "ETH", "moves nothing"),
            ("Mystery", "BTC", "not known here"),
            ("Buy", "B T C", "no symbol"),
        ],
    )
    def test_says_what_it_leaves_out(self, kind, coin, part):
        assert part in reasons(COINBASE + self.row(kind, coin=coin))[2]

    def test_needs_a_quantity(self):
        assert "more than 0" in reasons(COINBASE + self.row(units="0"))[2]

    def test_passes_over_a_header_in_the_middle(self):
        assert len(rows(COINBASE + self.row() + COINBASE + self.row("Sell"))) == 2

    def test_takes_the_price_from_the_total_where_the_shown_one_is_rounded(self):
        text = COINBASE + self.row(units="1000000", price="$0.00")

        assert rows(text)[0][3] == Decimal("0.00001")

    def test_every_kind_is_read(self):
        for kind in coinbase._KINDS:
            note = "Converted 0.1 BTC to 2.5 ETH"
            assert rows(COINBASE + self.row(kind, notes=note)), kind


class TestGhostfolio:
    def told(self, **fields):
        activity = {"type": "BUY", "symbol": "MSFT", "dataSource": "YAHOO", "quantity": 1}
        activity |= {"unitPrice": 10, "fee": 0, "currency": "USD"}
        activity |= {"date": "2024-01-02T00:00:00.000Z", **fields}
        return json.dumps({"activities": [activity]})

    @pytest.mark.parametrize(
        ("source", "symbol", "expected"),
        [
            ("YAHOO", "MSFT", ("stock", "MSFT")),
            ("YAHOO", "BTCUSD", ("crypto", "BTC")),
            ("YAHOO", "BTC-USD", ("crypto", "BTC")),
            ("YAHOO", "WUSD", ("stock", "WUSD")),
            ("COINGECKO", "ethereum", ("crypto", "ETH")),
        ],
    )
    def test_knows_coins_from_shares(self, source, symbol, expected):
        (line,) = read(self.told(dataSource=source, symbol=symbol))

        assert (line.entries[0].asset_type, line.entries[0].symbol) == expected

    @pytest.mark.parametrize(
        "fields",
        [
            {"type": "ITEM"},
            {"type": 5},
            {"dataSource": "COINGECKO", "symbol": "unheard-of"},
            {"dataSource": "MANUAL"},
            {"quantity": "1"},
            {"quantity": True},
            {"quantity": 1e300},
            {"unitPrice": -1},
            {"date": "soon"},
            {"currency": None},
            {"id": "x" * 500},
        ],
    )
    def test_says_what_it_can_not_take(self, fields):
        assert set(reasons(self.told(**fields))) == {1}

    def test_takes_a_plain_list_and_refuses_what_is_no_activity(self):
        assert set(reasons('[1, "a", null]')) == {1, 2, 3}


class TestGeneric:
    HEADER = "date,type,symbol,quantity,price,amount,fee,currency,id\n"

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ("2024-01-02,BUY,KO,2,,100,,,", ("buy", "KO", 2, 50, 0, "USD")),
            ("2024-01-02,,KO,-2,50,,,EUR,", ("sell", "KO", 2, 50, 0, "EUR")),
            ("2024-01-02,div,KO,10,0.5,,,,", ("dividend", "KO", 10, Decimal("0.5"), 0, "USD")),
            ("2024-01-02,Dividend,KO,,,5,1,,", ("dividend", "KO", 1, 5, 1, "USD")),
            ("2024-01-02,interest,,,,5,,,", ("interest", None, 1, 5, 0, "USD")),
            ("2024-01-02,split,KO,4,,,,,", ("split", "KO", 4, 0, 0, "USD")),
            ("2024-01-02,buy,BTC/EUR,1,100,,,,", ("buy", "BTC", 1, 100, 0, "EUR")),
            ("2024-01-02,transfer out,KO,1,9,,,,", ("transfer_out", "KO", 1, 0, 0, "USD")),
        ],
    )
    def test_reads_rows_of_many_shapes(self, row, expected):
        assert rows(f"{self.HEADER}{row}\n") == [expected]

    @pytest.mark.parametrize(
        ("row", "part"),
        [
            ("2024-01-02,buy,KO,2,,,,,", "neither a price nor an amount"),
            ("2024-01-02,buy,KO,,5,,,,", "no quantity"),
            ("2024-01-02,,KO,,5,,,,", "neither a type nor a quantity"),
            ("2024-01-02,dividend,KO,2,,,,,", "neither a price nor an amount"),
            ("2024-01-02,split,KO,,,,,,", "how many units"),
            ("2024-01-02,dividend,,,,5,,,", "no symbol"),
            ("2024-01-02,buy,KO,2,5,,,,,,,too,many", "13 cells"),
        ],
    )
    def test_says_what_a_row_lacks(self, row, part):
        assert part in reasons(f"{self.HEADER}{row}\n")[2]

    def test_an_order_id_of_several_fills_makes_none_a_duplicate(self):
        text = self.HEADER + "2024-01-02,buy,KO,2,50,,,,A1\n" * 2 + "2024-01-02,buy,KO,3,50,,,,A1\n"
        names = [line.entries[0].external_id for line in read(text)]

        assert len(set(names)) == 3

    def test_takes_an_asset_type_from_its_column_or_the_mapping(self):
        text = "date,type,symbol,quantity,price,asset class\n2024-01-02,buy,ABC,1,1,{}\n"

        assert read(text.format("Crypto"))[0].entries[0].asset_type == "crypto"
        assert "no type of asset" in reasons(text.format("house"))[2]
        plain = "date,type,symbol,quantity,price\n2024-01-02,buy,ABC,1,1\n"
        given = {"default_asset_type": "crypto", "default_currency": "eur"}
        (line,) = read(plain, mapping=given)
        assert (line.entries[0].asset_type, line.entries[0].currency) == ("crypto", "EUR")

    def test_settles_what_is_ambiguous_by_its_other_rows(self):
        text = "date,type,symbol,quantity,price\n03/04/2024,buy,KO,1,1\n{},buy,KO,1,1\n"

        days = [line.entries[0].executed_at.month for line in read(text.format("25/04/2024"))]
        assert days == [4, 4]
        assert set(reasons(text.format("04/04/2024"))) == {2}


class TestTwins:
    def test_the_same_rows_in_another_order_have_the_same_names(self):
        lines = sample("ten_bad_rows.csv").decode().splitlines()
        turned = "\n".join([lines[0], *reversed(lines[1:12])])
        straight = "\n".join(lines[:12])

        def names(text):
            found = [line for line in read(text) if isinstance(line, Parsed)]
            return {line.entries[0].fingerprint for line in found}

        assert names(turned) == names(straight)
