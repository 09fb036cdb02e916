package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class JdbcUrlTest {
    @Test
    void Database_and_server_are_told_and_no_user() {
        String[][] vectors = {
            {"jdbc:postgresql://db.example:5433/shop?user=u&password=p", "postgresql shop db.example 5433"},
            {"jdbc:postgresql://a:1,b:2/shop", "postgresql shop a 1"},
            {"jdbc:postgresql://[::1]:5432/shop", "postgresql shop [::1] 5432"},
            {"jdbc:postgresql://host/", "postgresql null host -1"},
            {"jdbc:postgresql:shop", "postgresql shop null -1"},
            {"jdbc:mysql://root:secret@db:3306/shop?useSSL=false", "mysql shop db 3306"},
            {"jdbc:mysql://root:sec/ret@db:3306/shop", "mysql shop db 3306"},
            {"jdbc:mysql://root:sec?ret@db:3306/shop", "mysql null null -1"},
            {"jdbc:mysql://db/shop?user=a@b.c&password=p@ss", "mysql shop db -1"},
            {"jdbc:mariadb:loadbalance://db1:3306,db2:3306/shop", "mariadb shop db1 3306"},
            {"jdbc:mysql://address=(host=db)(port=3307)(user=u)(password=secret)/shop", "mysql null db 3307"},
            {"jdbc:sqlserver://db\\inst:1433;databaseName=shop;user=u;password=p", "microsoft.sql_server shop db -1"},
            {"jdbc:sqlserver://db:1433;user=u;password=p;database=shop", "microsoft.sql_server shop db 1433"},
            {"jdbc:oracle:thin:@//db:1521/service", "oracle.db service db 1521"},
            {"jdbc:oracle:thin:scott/tiger@db:1521:sid", "oracle.db sid db 1521"},
            {"jdbc:oracle:thin:scott/tiger@db:1521/service", "oracle.db service db 1521"},
            {"jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=s)))", "oracle.db s db 1521"},
            {"jdbc:h2:mem:test;DB_CLOSE_DELAY=-1;PASSWORD=p", "h2database test null -1"},
            {"jdbc:h2:tcp://localhost:9092/~/shop;USER=sa", "h2database ~/shop localhost 9092"},
            {"jdbc:db2://db:50000/shop:user=u;password=p;", "ibm.db2 shop db 50000"},
            {"jdbc:derby:memory:shop;create=true", "derby shop null -1"},
            {"jdbc:sqlite:/data/shop.db", "sqlite /data/shop.db null -1"},
            {"jdbc:snowflake://account.example.com/?db=x", "other_sql null account.example.com -1"},
            {"jdbc:x", "other_sql null null -1"},
            {"nonsense", "other_sql null null -1"},
            {null, "other_sql null null -1"},
        };
        for (String[] vector : vectors) {
            JdbcUrl url = JdbcUrl.of(vector[0]);
            assertEquals(vector[1], url.system + ' ' + url.namespace + ' ' + url.host + ' ' + url.port, vector[0]);
        }
    }
}
