// A value that must not be seen: an API key or a token.
//
// It can be compared with nothing, printed by nothing and logged by nothing: every way to text but
// Reveal() is a compile error. Whoever calls Reveal() answers for where the text goes. The memory
// is overwritten when the value goes away.
#ifndef LULL_WORKER_SECRET_H_
#define LULL_WORKER_SECRET_H_

#include <string.h>

#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace lull {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret() { Wipe(); }

  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      Wipe();
      value_ = other.value_;
    }
    return *this;
  }
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Wipe();
      value_ = std::move(other.value_);
      other.Wipe();
    }
    return *this;
  }

  bool empty() const { return value_.empty(); }
  // The value itself. Valid until the secret changes or goes away.
  absl::string_view Reveal() const { return value_; }

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;
  // Test frameworks print the bytes of what they cannot print otherwise.
  friend void PrintTo(const Secret&, std::ostream* out) { *out << "[secret]"; }

 private:
  void Wipe() {
    explicit_bzero(value_.data(), value_.size());
    value_.clear();
  }

  std::string value_;
};

}  // namespace lull

#endif  // LULL_WORKER_SECRET_H_
