package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SqlTextTest {
    private static String text(String sql) {
        return new SqlText(sql, true, false).text;
    }

    private static String mysql(String sql) {
        return new SqlText(sql, false, true).text;
    }

    private static String summary(String sql) {
        return new SqlText(sql, true, false).summary.toString();
    }

    @Test
    void Strings_and_numbers_are_replaced() {
        assertEquals("SELECT a, ? FROM t WHERE b = ? AND c > ? AND d < -? AND e = ?",
                text("SELECT a, 'x' FROM t WHERE b = 'it''s' AND c > 1.5 AND d < -2 AND e = ''"));
        assertEquals("SELECT ?, ?, ?, ?, ?", text("SELECT 1e-5, .5, 0xFF, 1_000, 10L"));
        assertEquals("SELECT c1, t2.x3, a1b2 FROM t4", text("SELECT c1, t2.x3, a1b2 FROM t4"));
        assertEquals("SELECT DATE ?, INTERVAL ?, TIMESTAMP?", text("SELECT DATE '2020-01-01', INTERVAL '1 day', TIMESTAMP'x'"));
    }

    @Test
    void Prefixed_and_dollar_quoted_strings_are_replaced() {
        assertEquals("SELECT ?, ?, ?, ?, ?", text("SELECT E'it\\'s', N'x', b'01', X'AB', U&'\\0041'"));
        assertEquals("SELECT ?, ?, _a ?", text("SELECT $$it's$$, $tag$ $$ ' $tag$, _a 'x'"));
        assertEquals("SELECT ?, ? FROM dual", text("SELECT q'[it's]', nq'!x!' FROM dual"));
        assertEquals("SELECT $1, a$b$c, ? FROM t", text("SELECT $1, a$b$c, ? FROM t"));
    }

    @Test
    void Comments_are_left_out_and_white_space_is_one() {
        assertEquals("SELECT a FROM t", text("  SELECT /* 'x' */ a -- secret\n\n\tFROM/**/t -- secret"));
        assertEquals("SELECT a FROM t", mysql("SELECT a # 'secret'\nFROM t"));
        assertEquals("SELECT a #> b FROM t", text("SELECT a #> b FROM t"));
    }

    @Test
    void Lists_after_IN_are_one() {
        assertEquals("WHERE a IN (?) AND b = ?", text("WHERE a IN (1, 2,3 , 'x', -4, ?) AND b = 2"));
        assertEquals("WHERE a in (-?) OR b NOT IN (?)", text("WHERE a in (-1) OR b NOT IN ( 'x','y' )"));
        assertEquals("WHERE a IN (?, x, ?) AND (?, ?)", text("WHERE a IN (1, 2, x, 3) AND (1, 2)"));
        assertEquals("WHERE a IN (SELECT b FROM t WHERE c = ?)", text("WHERE a IN (SELECT b FROM t WHERE c = 5)"));
    }

    @Test
    void Names_in_quotes_stay() {
        assertEquals("SELECT \"a 1\", `b'2`, [c 3] FROM \"s\".\"t\"", text("SELECT \"a 1\", `b'2`, [c 3] FROM \"s\".\"t\""));
        assertEquals("SELECT a[?], ARRAY[?, ?]", text("SELECT a[1], ARRAY['x', 'y']"));
        assertEquals("SELECT ? FROM `t`", mysql("SELECT \"secret\" FROM `t`"));
    }

    @Test
    void What_dialects_read_differently_hides_the_rest() {
        assertEquals("SELECT ?", text("SELECT 'it\\'s secret', 'x' FROM t"));
        assertEquals("SELECT ?, ? FROM t", text("SELECT 'a\\\\', 'x' FROM t"));
        assertEquals("SELECT ?", text("SELECT /* /* */ ' secret ' */ a"));
        assertEquals("SELECT ?", text("SELECT '''it's secret''' FROM t"));
        assertEquals("SELECT ?", mysql("SELECT \"\"\"secret\"\" FROM t"));
    }

    @Test
    void What_never_ends_is_hidden() {
        for (String open : Arrays.asList("'secret", "\"secret", "`secret", "/* secret", "$$ secret", "$a$ secret $b$", "E'secret\\'",
                "q'[secret", "U&'secret")) {
            assertEquals("SELECT a, ?", text("SELECT a, " + open), open);
        }
    }

    @Test
    void Any_text_is_read_in_bounded_time() {
        List<String> parts = Arrays.asList("'", "\"", "`", "$", "$$", "$a$", "/*", "*/", "--", "#", "\\", "(", ")", "IN", " ", ",",
                "1", ".", "q'", "E'", "[", "]", "SELECT ", "FROM ", "\n", "x", ";", "?", "\u00e9", "\ud83d");
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder sql = new StringBuilder();
            for (int n = random.nextInt(40); n >= 0; n--) {
                sql.append(parts.get(random.nextInt(parts.size())));
            }
            text(sql.toString());
            mysql(sql.toString());
        }
        for (String part : parts) {
            String sql = String.join("", Collections.nCopies(8 * 1024 * 1024 / part.length(), part));
            assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertTrue(text(sql).length() <= 20 * 1024 + 1));
        }
    }

    @Test
    void No_literal_survives_whatever_stands_around_it() {
        List<String> parts = Arrays.asList("(", ")", ",", " ", "SELECT ", "FROM ", "a", "-- x\n", "/* y */", "''", "$$ z $$", "1",
                "\"n\"", " IN (", "=", ";", "?", "E'\\''", "'q\\\\'");
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder sql = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                sql.append(parts.get(random.nextInt(parts.size()))).append(random.nextInt(3) == 0 ? " 'secret' " : " ");
            }
            assertFalse(text(sql.toString()).contains("secret"), sql.toString());
        }
    }

    @Test
    void A_long_text_ends_with_an_ellipsis() {
        String sql = "SELECT a FROM t WHERE b IN (" + String.join(", ", Collections.nCopies(100_000, "1")) + ") AND c = 'secret'";
        assertEquals("SELECT a FROM t WHERE b IN (?\u2026", text(sql));
        String wide = "SELECT " + String.join(", ", Collections.nCopies(100_000, "column_x")) + " FROM t";
        assertTrue(text(wide).startsWith("SELECT column_x, column_x, ") && text(wide).endsWith("\u2026"));
    }

    @Test
    void The_summary_names_verbs_and_tables() {
        String[][] vectors = {
            {"SELECT \"id\",\"amount\" FROM orders WHERE \"id\" < 10", "SELECT orders"},
            {"SELECT * FROM \"shop\".\"orders\" WHERE 1=0", "SELECT shop.orders"},
            {"SELECT 1", "SELECT"},
            {"SELECT \"id\" FROM (SELECT id, x FROM orders WHERE y = 'z') SPARK_GEN_SUBQ_0  WHERE \"id\" > 3", "SELECT orders"},
            {"select o.id from orders o join customers as c on o.c = c.id, items i where x", "SELECT orders customers items"},
            {"SELECT EXTRACT(YEAR FROM d), SUBSTRING(x FROM 2) FROM orders", "SELECT orders"},
            {"SELECT a FROM orders WHERE b IN (SELECT c FROM customers) ORDER BY a, b", "SELECT orders customers"},
            {"SELECT a FROM t UNION ALL SELECT a FROM u", "SELECT t u"},
            {"INSERT INTO orders (\"id\",\"x\") VALUES (?,?)", "INSERT orders"},
            {"INSERT OR REPLACE INTO orders VALUES (1)", "INSERT orders"},
            {"INSERT INTO totals SELECT c, sum(x) FROM orders GROUP BY c", "INSERT totals SELECT orders"},
            {"INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2", "INSERT t"},
            {"UPDATE orders SET x = 1 WHERE id = 2", "UPDATE orders"},
            {"DELETE FROM orders WHERE id = 2", "DELETE orders"},
            {"MERGE INTO totals t USING orders o ON t.id = o.id WHEN MATCHED THEN UPDATE SET x = 1", "MERGE totals orders"},
            {"CREATE TABLE orders (\"id\" BIGINT, \"x\" TEXT )", "CREATE TABLE orders"},
            {"CREATE TEMPORARY TABLE IF NOT EXISTS s.orders (a int)", "CREATE TABLE s.orders"},
            {"CREATE OR REPLACE VIEW v AS SELECT a FROM t", "CREATE VIEW v SELECT t"},
            {"DROP TABLE IF EXISTS orders", "DROP TABLE orders"},
            {"ALTER TABLE orders ADD COLUMN x int", "ALTER TABLE orders"},
            {"TRUNCATE TABLE ONLY orders", "TRUNCATE orders"},
            {"WITH x AS (SELECT a FROM orders) SELECT * FROM x", "SELECT orders x"},
            {"WITH x AS (SELECT a FROM orders) INSERT INTO totals SELECT * FROM x", "SELECT orders INSERT totals SELECT x"},
            {"EXPLAIN SELECT a FROM t", "EXPLAIN SELECT t"},
            {"CALL refresh(1)", "CALL refresh"},
            {"SET search_path = x; SELECT a FROM t", "SET SELECT t"},
            {"SELECT a FROM [dbo].[orders]", "SELECT dbo.orders"},
            {"SELECT a FROM generate_series(1, 2)", "SELECT generate_series"},
            {"-- nothing", "SQL"},
            {"'x' 1 ((", "SQL"},
        };
        for (String[] vector : vectors) {
            assertEquals(vector[1], summary(vector[0]), vector[0]);
        }
    }

    @Test
    void The_summary_gives_operation_and_the_one_table() {
        SqlSummary one = new SqlText("INSERT INTO \"orders\" VALUES (?)", true, false).summary;
        assertEquals("INSERT", one.operation());
        assertEquals("orders", one.collection());
        SqlSummary two = new SqlText("SELECT a FROM t, u", true, false).summary;
        assertEquals("SELECT", two.operation());
        assertEquals(null, two.collection());
        assertEquals("CREATE TABLE", new SqlText("create table t (a int)", true, false).summary.operation());
    }

    @Test
    void The_summary_is_cut_between_words() {
        StringBuilder sql = new StringBuilder("SELECT a FROM t0");
        for (int i = 1; i < 100; i++) {
            sql.append(", t").append(i);
        }
        String summary = summary(sql.toString());
        assertTrue(summary.length() <= 255 && summary.length() > 250, summary);
        assertTrue(summary.startsWith("SELECT t0 t1 ") && summary.matches(".* t\\d\\d"), summary);
    }
}
