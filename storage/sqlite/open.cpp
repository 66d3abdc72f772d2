// SPDX-License-Identifier: Apache-2.0
// Database::Open: finding out what a file is without changing one that is not ours.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "storage/sqlite/database.h"
#include "storage/sqlite/failure.h"
#include "storage/sqlite/migrate.h"
#include "storage/sqlite/schema.h"

namespace seep::sqlite {
namespace {

using model::Errc;
using model::Fail;

constexpr int kBusyTimeoutMs = 5000;
constexpr char kOtherFile[] = "name another file with --db FILE or $SEEP_DB";
// The file header: https://www.sqlite.org/fileformat2.html section 1.3.
constexpr std::array<unsigned char, 16> kFileMagic{'S', 'Q', 'L', 'i', 't', 'e', ' ', 'f',
                                                   'o', 'r', 'm', 'a', 't', ' ', '3', 0};
constexpr size_t kFileHeaderBytes = 100;
constexpr size_t kApplicationIdOffset = 68;  // big-endian

// What keeps `path` from being opened and SQLite would not say, or not clearly.
model::Status CheckPath(const std::string& path, OpenMode mode) {
  if (path.empty()) return Fail(Errc::kInvalidArgument, "the name of the database is empty");
  struct stat info {};
  const bool exists = stat(path.c_str(), &info) == 0;
  if (!exists && (errno != ENOENT || mode != OpenMode::kReadWriteCreate)) {
    const bool is_missing = errno == ENOENT || errno == ENOTDIR;
    return Fail(is_missing ? Errc::kNotFound : Errc::kIo,
                path + ": cannot be opened (" + std::strerror(errno) + "); " + kOtherFile);
  }
  if (exists && !S_ISREG(info.st_mode)) {
    return Fail(Errc::kInvalidArgument, path + " is not a regular file; " + kOtherFile);
  }
  if (mode == OpenMode::kReadOnly) return {};
  // SQLite would open a protected file for reading only and say so at the first write. It makes
  // the log beside the file, so that the folder counts as well.
  std::string folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  for (const std::string& needed : {folder, path}) {
    if (needed == path && !exists) continue;
    if (faccessat(AT_FDCWD, needed.c_str(), W_OK, AT_EACCESS) != 0) {
      return Fail(errno == ENOENT ? Errc::kNotFound : Errc::kIo,
                  path + ": cannot be written (" + needed + ": " + std::strerror(errno) + "); " +
                      kOtherFile);
    }
  }
  return {};
}

// Reads the header through SQLite's file handle: no lock, no recovery, nothing changed. (An
// open() and close() of our own would drop the locks of every other connection of this process to
// the same file: POSIX locks, https://www.sqlite.org/howtocorrupt.html section 2.2.)
// The header alone tells a database of seep from others: Create() does not use the log.
model::Status CheckHeader(sqlite3* connection, const std::string& path, OpenMode mode) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  std::error_code failure;  // not xFileSize, which takes a file of one byte for an empty one
  const auto file_bytes = std::filesystem::file_size(path, failure);
  if (failure) return Fail(Errc::kIo, path + ": cannot be read (" + failure.message() + ")");
  if (file_bytes == 0) {
    if (mode == OpenMode::kReadWriteCreate) return {};
    return Fail(Errc::kNotFound, path + " is empty: no run has been recorded in it");
  }
  std::array<unsigned char, kFileHeaderBytes> header{};
  const int result = file->pMethods->xRead(file, header.data(), header.size(), 0);
  if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ) {
    return Fail(Errc::kIo, path + ": cannot be read");
  }
  if (std::memcmp(header.data(), kFileMagic.data(), kFileMagic.size()) != 0) {
    return Fail(Errc::kCorrupt, path + " is not a database and is left as it is; " + kOtherFile);
  }
  if (result == SQLITE_IOERR_SHORT_READ) {
    return Fail(Errc::kCorrupt, path + ": damaged (cut after " + std::to_string(file_bytes) +
                                    " bytes); " + kOtherFile);
  }
  uint32_t application_id = 0;
  for (size_t i = 0; i < 4; ++i) {
    application_id = application_id << 8 | header[kApplicationIdOffset + i];
  }
  if (application_id != kApplicationId) {
    return Fail(Errc::kInvalidArgument,
                path + " is a database of another program and is left as it is; " + kOtherFile);
  }
  return {};
}

// The file as a URI that tells SQLite that nobody changes it: no lock, no log.
std::string ImmutableUri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    switch (c) {
      case '%':
        uri += "%25";
        break;
      case '?':
        uri += "%3f";
        break;
      case '#':
        uri += "%23";
        break;
      default:
        uri += c;
    }
  }
  return uri + "?immutable=1";
}

bool HasLog(const std::string& path) {
  struct stat info {};
  return stat((path + "-wal").c_str(), &info) == 0 && info.st_size > 0;
}

// Absolute: Debian's SQLite takes a name that begins with "file:" for a URI, and ":memory:" for
// no file at all.
std::string AbsoluteName(const std::string& path) {
  std::error_code failure;
  const std::string absolute = std::filesystem::absolute(path, failure);
  return failure ? path : absolute;
}

}  // namespace

model::Result<Database> Database::Open(const std::string& path, OpenMode mode) {
  if (auto usable = CheckPath(path, mode); !usable) return std::unexpected(usable.error());
  if (mode == OpenMode::kReadOnly) return OpenReadOnly(path);

  const int create = mode == OpenMode::kReadWriteCreate ? SQLITE_OPEN_CREATE : 0;
  auto connection = Connect(AbsoluteName(path), SQLITE_OPEN_READWRITE | create);
  if (!connection) return std::unexpected(connection.error());
  if (auto ours = CheckHeader(connection->get(), path, mode); !ours) {
    return std::unexpected(ours.error());
  }
  Database database(path, std::move(*connection));
  const auto is_empty = database.IsEmpty();
  if (!is_empty) return std::unexpected(is_empty.error());
  if (*is_empty) {
    if (auto created = database.Create(); !created) return std::unexpected(created.error());
  }
  const auto version = database.CheckVersion();
  if (!version) return std::unexpected(version.error());
  if (*version < kSchemaVersion) {
    if (auto s = Migrate(database, *version); !s) return std::unexpected(s.error());
    database.notice_ = MakeShrinkable(database);
  }
  // NORMAL: a killed process loses nothing, a power failure the last ticks, neither the database.
  // Old survivors need not be overwritten with zeros (Debian's default).
  // SQLite does not wait for another process that turns WAL on at this moment.
  constexpr int kTries = 500;
  constexpr useconds_t kPause_us = 10'000;
  model::Status set;
  for (int i = 0; i < kTries; ++i) {
    set = database.RunScript(
        "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "PRAGMA journal_size_limit = 16777216; PRAGMA secure_delete = OFF;");
    if (set || set.error().code != Errc::kBusy) break;
    usleep(kPause_us);
  }
  if (!set) return std::unexpected(set.error());
  return database;
}

model::Result<Database> Database::OpenReadOnly(const std::string& path) {
  const std::string name = AbsoluteName(path);
  // For writing if possible: only so can SQLite recover a log that a killed writer left.
  auto connection = Connect(name, SQLITE_OPEN_READWRITE);
  if (!connection) return std::unexpected(connection.error());
  if (auto ours = CheckHeader(connection->get(), path, OpenMode::kReadOnly); !ours) {
    return std::unexpected(ours.error());
  }
  Database database(path, std::move(*connection));
  const auto is_empty = database.IsEmpty();
  if (!is_empty) {
    const int cause = sqlite3_errcode(database.connection_.get()) & 0xff;
    if (cause != SQLITE_CANTOPEN && cause != SQLITE_READONLY) {
      return std::unexpected(is_empty.error());
    }
    // The shared index of the log cannot be made here. Without a log there is no writer either,
    // and the file is complete by itself.
    if (HasLog(path)) {
      return Fail(Errc::kIo, path +
                                 ": its write-ahead log (-wal) cannot be read in a folder that "
                                 "cannot be written; copy both files to one that can");
    }
    auto immutable = Connect(ImmutableUri(name), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    if (!immutable) return std::unexpected(immutable.error());
    database = Database(path, std::move(*immutable));
  }
  const auto version = database.CheckVersion();
  if (!version) return std::unexpected(version.error());
  if (auto s = AddMissing(database, *version); !s) return std::unexpected(s.error());
  if (auto set = database.RunScript("PRAGMA query_only = ON"); !set) {
    return std::unexpected(set.error());
  }
  return database;
}

model::Result<Database::Connection> Database::Connect(const std::string& name, int flags) {
  sqlite3* handle = nullptr;
  // NOMUTEX: a Database is used by one thread at a time.
  const int result = sqlite3_open_v2(name.c_str(), &handle,
                                     flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Connection connection(handle);
  if (result != SQLITE_OK) {
    const int system = handle != nullptr ? sqlite3_system_errno(handle) : ENOMEM;
    return Fail(system == ENOENT ? Errc::kNotFound : Errc::kIo,
                name + ": cannot be opened (" + sqlite3_errstr(result) + ": " +
                    std::strerror(system) + "); " + kOtherFile);
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return connection;
}

model::Result<bool> Database::IsEmpty() {
  const auto objects = QueryValue<int64_t>("SELECT count(*) FROM sqlite_schema");
  if (!objects) return std::unexpected(objects.error());
  return *objects == 0;
}

model::Status Database::Create() {
  // Prepared and not run: that sets the flag that the file is made with. Running it would write a
  // first page that does not say whose it is, for other processes to see.
  if (const auto flag = Prepare("PRAGMA auto_vacuum = INCREMENTAL"); !flag) {
    return std::unexpected(flag.error());
  }
  auto transaction = Transaction::Start(*this, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  // Another process may have been faster.
  const auto is_empty = IsEmpty();
  if (!is_empty) return std::unexpected(is_empty.error());
  if (!*is_empty) return {};
  if (auto made = RunScript(kSchemaSql); !made) return made;
  if (auto made = RunScript(kViewsSql); !made) return made;
  return transaction->Commit();
}

model::Result<int64_t> Database::CheckVersion() {
  const auto version = QueryValue<int64_t>("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  const int64_t found = version->value_or(0);
  const std::string versions = "schema version " + std::to_string(found) + ", this seep knows " +
                               std::to_string(kSchemaVersion);
  if (found > kSchemaVersion) {
    return Fail(Errc::kUnsupported, path_ + " has " + versions +
                                        "; use the newer seep that wrote it, or " + kOtherFile);
  }
  if (found < kOldestSchemaVersion) {
    return Fail(Errc::kCorrupt, path_ + ": damaged (" + versions + " and those from " +
                                    std::to_string(kOldestSchemaVersion) +
                                    " on, and there is no older one); " + kOtherFile);
  }
  return found;
}

}  // namespace seep::sqlite
