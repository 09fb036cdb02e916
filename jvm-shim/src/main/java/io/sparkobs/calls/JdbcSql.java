package io.sparkobs.calls;

/** A statement's text, taken apart when its first call ends: a prepared one may run often. */
final class JdbcSql {
    final String sql;
    private SqlText parts;

    JdbcSql(String sql) {
        this.sql = sql;
    }

    SqlText parts(JdbcUrl url) {
        if (parts == null) {
            parts = new SqlText(sql, url.quotesNames(), url.hasHashComments());
        }
        return parts;
    }
}
