// Answers to commands that were carried out and are not on disk yet: released by the commit that
// holds their effects. Owned by EngineLoop; its thread alone.
#ifndef LULL_SERVER_ENGINE_PENDING_ANSWERS_H_
#define LULL_SERVER_ENGINE_PENDING_ANSWERS_H_

#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lull {

class PendingAnswers {
 public:
  template <typename Reply>
  using Done = absl::AnyInvocable<void(absl::StatusOr<Reply>)>;

  template <typename Reply>
  void Add(Done<Reply> done, Reply reply) {
    answers_.push_back(
        [done = std::move(done), reply = std::move(reply)](const absl::Status& status) mutable {
          if (status.ok()) {
            done(std::move(reply));
          } else {
            done(status);
          }
        });
  }

  // Gives all of them: as they are for OK, else `status` instead.
  void Release(const absl::Status& status) {
    std::vector<Answer> answers = std::exchange(answers_, {});
    for (Answer& answer : answers) answer(status);
  }

 private:
  using Answer = absl::AnyInvocable<void(const absl::Status&)>;
  std::vector<Answer> answers_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_PENDING_ANSWERS_H_
