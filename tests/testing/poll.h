// Waiting in tests of real processes, which cannot signal a condition variable of the test. The
// only place in tests that lets real time pass.
#ifndef LULL_TESTS_TESTING_POLL_H_
#define LULL_TESTS_TESTING_POLL_H_

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace lull {

// Asks again and again, `every` so long, until `condition` holds or `limit` has passed; whether it
// held. Asks at least once. Called from any thread.
bool PollUntil(absl::Duration limit, absl::FunctionRef<bool()> condition,
               absl::Duration every = absl::Milliseconds(10));

// Lets time pass: for load that is to have a pace, never to wait for something to have happened.
void Pause(absl::Duration duration);

}  // namespace lull

#endif  // LULL_TESTS_TESTING_POLL_H_
