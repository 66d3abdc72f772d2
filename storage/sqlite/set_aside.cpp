// SPDX-License-Identifier: Apache-2.0
// Database::SetAside, OpenOrSetAside: a damaged file is moved away, never deleted, and a new one
// takes its place.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "storage/model/descriptor.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/schema.h"

namespace seep::sqlite {
namespace {

// PATH-damaged-20261122T005200Z
std::string NameNow(const std::string& path) {
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "-damaged-%Y%m%dT%H%M%SZ", &parts);
  return path + text.data();
}

// Nothing is replaced. The log first: without its database nobody would take it for the new one's.
model::Result<std::string> MoveAway(const std::string& path) {
  constexpr int kMostInASecond = 100;
  const std::string stem = NameNow(path);
  std::string name = stem;
  for (int i = 2; i < kMostInASecond && access(name.c_str(), F_OK) == 0; ++i) {
    name = stem + "-" + std::to_string(i);
  }
  if (renameat2(AT_FDCWD, (path + "-wal").c_str(), AT_FDCWD, (name + "-wal").c_str(),
                RENAME_NOREPLACE) != 0 &&
      errno != ENOENT) {
    return model::FailErrno(path + "-wal: cannot be moved away");
  }
  unlink((path + "-shm").c_str());
  if (renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0) return name;
  if (errno != ENOENT) return model::FailErrno(path + ": cannot be moved away");
  return std::string();  // it was deleted
}

// By what is left of it: the header's id, or a piece of the schema's text in its first pages.
bool WasOurs(const std::string& path) {
  constexpr size_t kLook = 256 << 10;
  constexpr size_t kApplicationIdOffset = 68;  // big-endian
  constexpr std::string_view kPiece = "CREATE TABLE run_argument";
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd.is_open() || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  std::string text(kLook, '\0');
  const ssize_t got = pread(fd.get(), text.data(), text.size(), 0);
  if (got <= 0) return false;
  text.resize(static_cast<size_t>(got));
  const std::array<char, 4> id{
      static_cast<char>(kApplicationId >> 24), static_cast<char>(kApplicationId >> 16),
      static_cast<char>(kApplicationId >> 8), static_cast<char>(kApplicationId)};
  return text.compare(std::min(kApplicationIdOffset, text.size()), id.size(), id.data(),
                      id.size()) == 0 ||
         text.find(kPiece) != std::string::npos;
}

}  // namespace

model::Result<std::string> Database::SetAside() {
  // Closing the old connection must not remove the log by its name: the new one's.
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  auto name = MoveAway(path_);
  if (!name) return name;
  auto opened = Open(path_, OpenMode::kReadWriteCreate);
  if (!opened) return std::unexpected(opened.error());
  *this = std::move(*opened);
  return name;
}

bool Database::IsDamaged() {
  const auto answer = QueryValue<std::string>("PRAGMA quick_check(1)");
  if (!answer) return answer.error().code == model::Errc::kCorrupt;
  return *answer && **answer != "ok";
}

model::Result<Database> Database::OpenOrSetAside(const std::string& path) {
  auto database = Open(path, OpenMode::kReadWriteCreate);
  if (database || database.error().code != model::Errc::kCorrupt || !WasOurs(path)) {
    return database;
  }
  const auto name = MoveAway(path);
  if (!name) return std::unexpected(name.error());
  auto opened = Open(path, OpenMode::kReadWriteCreate);
  if (opened) opened->notice_ = SetAsideNotice(database.error().message, path, *name);
  return opened;
}

std::string SetAsideNotice(const std::string& cause, const std::string& path,
                           const std::string& name) {
  const std::string what = cause.substr(0, cause.find(';'));  // its remedy is another
  if (name.empty()) return what + "; " + path + " was deleted as well, and is begun anew";
  return what + "; " + path + " was moved to " + name +
         " and is begun anew; salvage what it held with: sqlite3 " + name +
         " .recover | sqlite3 NEW";
}

}  // namespace seep::sqlite
