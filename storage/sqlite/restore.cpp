// SPDX-License-Identifier: Apache-2.0
// Database::Restore: a file that was deleted under an open connection is written out again.
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <string>
#include <utility>

#include "storage/sqlite/database.h"

namespace seep::sqlite {
namespace {

model::Status CheckFree(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return {};
  return model::Fail(model::Errc::kUnsupported,
                     path +
                         " is another file than the one that was opened; move it away, and the "
                         "database is made anew there");
}

}  // namespace

void Database::SetBusyTimeout(double seconds) {
  sqlite3_busy_timeout(connection_.get(), static_cast<int>(std::lround(seconds * 1000)));
}

bool Database::has_moved() const {
  int has_moved = 0;
  sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  return has_moved != 0;
}

model::Status Database::Restore() {
  if (auto is_free = CheckFree(path_); !is_free) return is_free;
  // A file that was renamed gets the rest of its log; of no consequence if that fails.
  [[maybe_unused]] const auto ignored = RunScript("PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string copy = path_ + "-restored-" + std::to_string(getpid());
  unlink(copy.c_str());
  auto made = Run("VACUUM INTO ?", copy);
  if (made) made = CheckFree(path_);
  // Without it, closing the old connection removes the write-ahead log by its name: the new one's.
  if (made) {
    sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // Of the old file: they would be taken for the new one's, which damages it
    // (https://www.sqlite.org/howtocorrupt.html section 1.4). VACUUM has read them.
    for (const char* suffix : {"-wal", "-shm"}) unlink((path_ + suffix).c_str());
    // link, not rename: what somebody else made meanwhile is not replaced.
    if (link(copy.c_str(), path_.c_str()) != 0) made = model::FailErrno(path_);
  }
  unlink(copy.c_str());
  if (!made) return made;
  auto opened = Open(path_, OpenMode::kReadWrite);
  if (!opened) {
    unlink(path_.c_str());  // made a moment ago; the old connection still has everything
    return std::unexpected(opened.error());
  }
  *this = std::move(*opened);
  return {};
}

}  // namespace seep::sqlite
