package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class S3OwnersTest {
    private final S3Owners owners = new S3Owners();
    private final CallGroup one = CallGroup.task(1, 0, 0);
    private final CallGroup two = CallGroup.task(2, 0, 0);

    @Test
    void An_object_is_its_tasks_until_the_task_ends() {
        owners.note("b/k", one);
        owners.note("b/k", one);
        assertSame(one, owners.find("b/k"));
        assertNull(owners.find("b/other"));
        owners.forget(two);
        assertSame(one, owners.find("b/k"));
        owners.forget(one);
        assertNull(owners.find("b/k"));
    }

    @Test
    void An_object_that_two_running_tasks_touch_is_nobodys() {
        owners.note("b/k", one);
        owners.note("b/k", two);
        assertNull(owners.find("b/k"));
        owners.note("b/k", one);
        assertNull(owners.find("b/k"));
    }

    @Test
    void The_least_used_goes_when_there_are_too_many() {
        owners.note("b/first", one);
        for (int i = 0; i < 8_192; i++) {
            owners.note("b/" + i, one);
        }
        assertNull(owners.find("b/first"));
        assertSame(one, owners.find("b/0"));
    }
}
