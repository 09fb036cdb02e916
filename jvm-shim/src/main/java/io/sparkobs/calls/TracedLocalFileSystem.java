package io.sparkobs.calls;

import io.sparkobs.calls.FsCalls.Operation;
import java.io.IOException;
import java.util.EnumSet;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** {@code fs:file}: the local file system with its checksums, recorded. Spark casts it to {@link LocalFileSystem}. */
public final class TracedLocalFileSystem extends LocalFileSystem {
    private final FsCalls calls = new FsCalls("file");

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
        return calls.record(Operation.LIST, path, () -> super.listFiles(path, recursive));
    }

    @Override
    public FileStatus[] globStatus(Path pattern) throws IOException {
        return calls.record(Operation.LIST, pattern, () -> super.globStatus(pattern));
    }

    @Override
    public FileStatus[] globStatus(Path pattern, PathFilter filter) throws IOException {
        return calls.record(Operation.LIST, pattern, () -> super.globStatus(pattern, filter));
    }
}
