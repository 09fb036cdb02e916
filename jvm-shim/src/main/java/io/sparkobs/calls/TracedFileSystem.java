package io.sparkobs.calls;

import io.sparkobs.calls.FsCalls.Operation;
import java.io.IOException;
import java.net.URI;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ContentSummary;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.FutureDataInputStreamBuilder;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.apache.hadoop.fs.QuotaUsage;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.impl.OpenFileParameters;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * {@code fs:<scheme>}: the file system that the scheme would have without us, recorded. Its streams are handed on as they
 * are. What {@link FilterFileSystem} would do itself although the real one may have a better way is handed on, too.
 */
public final class TracedFileSystem extends FilterFileSystem {
    /** With {@code %s} the scheme: the real class. */
    static final String REAL = "sparkobs.fs.%s.impl";

    private FsCalls calls;
    private String scheme;

    @Override
    public void initialize(URI name, Configuration conf) throws IOException {
        scheme = name.getScheme();
        calls = new FsCalls(scheme);
        fs = real(conf);
        fs.initialize(name, conf);
        super.initialize(name, conf);
    }

    private FileSystem real(Configuration conf) throws IOException {
        String key = String.format(REAL, scheme);
        try {
            return conf.getClassByName(conf.get(key, "")).asSubclass(FileSystem.class).getConstructor().newInstance();
        } catch (ReflectiveOperationException | ClassCastException wrong) {
            throw new IOException(key + " = " + conf.get(key) + " is no file system; SparkObs sets it beside fs." + scheme
                    + ".impl, so take both out, or give the class that " + scheme + " has without SparkObs.", wrong);
        }
    }

    @Override
    public String getScheme() {
        return scheme;
    }

    @Override
    public String toString() {
        return String.valueOf(fs);
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        return calls.record(Operation.OPEN, path, () -> super.open(path, bufferSize));
    }

    @Override
    public FSDataOutputStream create(Path path, FsPermission permission, boolean overwrite, int bufferSize, short replication,
            long blockSize, Progressable progress) throws IOException {
        return calls.record(Operation.CREATE, path,
                () -> super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress));
    }

    @Override
    public FSDataOutputStream create(Path path, FsPermission permission, EnumSet<CreateFlag> flags, int bufferSize,
            short replication, long blockSize, Progressable progress, Options.ChecksumOpt checksum) throws IOException {
        return calls.record(Operation.CREATE, path,
                () -> super.create(path, permission, flags, bufferSize, replication, blockSize, progress, checksum));
    }

    @Override
    public FSDataOutputStream createNonRecursive(Path path, FsPermission permission, EnumSet<CreateFlag> flags, int bufferSize,
            short replication, long blockSize, Progressable progress) throws IOException {
        return calls.record(Operation.CREATE, path,
                () -> super.createNonRecursive(path, permission, flags, bufferSize, replication, blockSize, progress));
    }

    @Override
    public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) throws IOException {
        return calls.record(Operation.APPEND, path, () -> super.append(path, bufferSize, progress));
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        return calls.record(Operation.RENAME, from, to, () -> super.rename(from, to));
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        return calls.record(Operation.DELETE, path, () -> super.delete(path, recursive));
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
        return calls.record(Operation.MKDIRS, path, () -> super.mkdirs(path));
    }

    @Override
    public boolean mkdirs(Path path, FsPermission permission) throws IOException {
        return calls.record(Operation.MKDIRS, path, () -> super.mkdirs(path, permission));
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        return calls.record(Operation.STATUS, path, () -> super.getFileStatus(path));
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
        return calls.record(Operation.LIST, path, () -> super.listStatus(path));
    }

    @Override
    public RemoteIterator<FileStatus> listStatusIterator(Path path) throws IOException {
        return calls.record(Operation.LIST, path, () -> super.listStatusIterator(path));
    }

    @Override
    public RemoteIterator<LocatedFileStatus> listLocatedStatus(Path path) throws IOException {
        return calls.record(Operation.LIST, path, () -> super.listLocatedStatus(path));
    }

    @Override
    public RemoteIterator<LocatedFileStatus> listFiles(Path path, boolean recursive) throws IOException {
        return calls.record(Operation.LIST, path, () -> fs.listFiles(path, recursive));
    }

    @Override
    public FileStatus[] globStatus(Path pattern) throws IOException {
        return calls.record(Operation.LIST, pattern, () -> fs.globStatus(pattern));
    }

    @Override
    public FileStatus[] globStatus(Path pattern, PathFilter filter) throws IOException {
        return calls.record(Operation.LIST, pattern, () -> fs.globStatus(pattern, filter));
    }

    @Override
    public FSDataOutputStream createNonRecursive(Path path, FsPermission permission, boolean overwrite, int bufferSize,
            short replication, long blockSize, Progressable progress) throws IOException {
        return calls.record(Operation.CREATE, path,
                () -> fs.createNonRecursive(path, permission, overwrite, bufferSize, replication, blockSize, progress));
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return calls.record(Operation.STATUS, path, () -> fs.exists(path));
    }

    @Override
    public QuotaUsage getQuotaUsage(Path path) throws IOException {
        return calls.record(Operation.STATUS, path, () -> fs.getQuotaUsage(path));
    }

    @Override
    public ContentSummary getContentSummary(Path path) throws IOException {
        return calls.record(Operation.STATUS, path, () -> fs.getContentSummary(path));
    }

    /** Builds on this file system, so that {@link #openFileWithOptions} sees it. */
    @Override
    public FutureDataInputStreamBuilder openFile(Path path) throws IOException {
        return createDataInputStreamBuilder(this, path);
    }

    @Override
    protected CompletableFuture<FSDataInputStream> openFileWithOptions(Path path, OpenFileParameters parameters)
            throws IOException {
        Call call = calls.begin(Operation.OPEN);
        if (call == null) {
            return super.openFileWithOptions(path, parameters);
        }
        CompletableFuture<FSDataInputStream> opening;
        try {
            opening = super.openFileWithOptions(path, parameters);
        } catch (Throwable failure) {
            calls.leave();
            calls.end(call, path, null, failure);
            throw failure;
        }
        calls.leave();
        opening.whenComplete((stream, failure) -> calls.end(call, path, null, failure));
        return opening;
    }
}
