package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class JdbcFailureTest {
    private static final String SQL = "INSERT INTO t (a) VALUES ('secret')";

    private static String withoutValues(String message) {
        return JdbcFailure.withoutValues(message, SQL, new SqlText(SQL, true, false));
    }

    @Test
    void Messages_lose_the_values_that_databases_repeat() {
        String[][] vectors = {
            {"ERROR: relation \"orders\" does not exist\n  Position: 15", "ERROR: relation \"orders\" does not exist\n  Position: 15"},
            {"ERROR: duplicate key value violates unique constraint \"t_pkey\"\n  Detail: Key (a)=(secret) already exists.",
                "ERROR: duplicate key value violates unique constraint \"t_pkey\"\n  Detail: Key (a)=(?) already exists."},
            {"Batch entry 0 INSERT INTO t (a) VALUES (('secret')) was aborted: ERROR: too bad",
                "Batch entry 0 INSERT INTO t (a) VALUES (?) was aborted: ERROR: too bad"},
            {"Batch entry 2 INSERT INTO t (a) VALUES (('5'::int8)) was aborted: ERROR: duplicate key value violates unique constraint \"t_pkey\"\n"
                    + "  Detail: Key (a)=(5) already exists.  Call getNextException to see other errors in the batch.",
                "Batch entry 2 INSERT INTO t (a) VALUES (?) was aborted: ERROR: duplicate key value violates unique constraint \"t_pkey\"\n"
                    + "  Detail: Key (a)=(?) already exists.  Call getNextException to see other errors in the batch."},
            {"Batch entry 0 INSERT INTO t (a) VALUES (('it was aborted: secret')) was aborted: ERROR: too bad",
                "Batch entry 0 INSERT INTO t (a) VALUES (?) was aborted"},
            {"ERROR: invalid input syntax for type integer: \"secret\"", "ERROR: invalid input syntax for type integer: ?"},
            {"Duplicate entry 'secret' for key 't.PRIMARY'", "Duplicate entry ? for key ?"},
            {"You can't do it's 'secret", "You can't do it's ?"},
            {"near 'it''s secret' at line 1", "near ? at line 1"},
            {"The duplicate key value is (1, secret).", "The duplicate key value is (?)."},
            {"Table \"NOPE\" not found; SQL statement:\n" + SQL + " [42102-240]", "Table \"NOPE\" not found"},
            {"Unique index or primary key violation: \"PUBLIC.P ON PUBLIC.T(A) VALUES ( /* 1 */ 'secret' )\"; SQL statement:\nx",
                "Unique index or primary key violation: ?"},
            {"failed: " + SQL, "failed: INSERT INTO t (a) VALUES (?)"},
            {"Data conversion error converting \"secret\"; SQL statement: x", "Data conversion error converting ?"},
            {"Connection to localhost:1 refused.", "Connection to localhost:1 refused."},
        };
        for (String[] vector : vectors) {
            assertEquals(vector[1], withoutValues(vector[0]), vector[0]);
        }
        assertEquals(null, withoutValues(null));
    }
}
