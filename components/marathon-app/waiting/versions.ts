import type { Status, Task } from "./read";

/** Since when the app's tasks are of today's configuration; scaling makes a version too, and changes no task. */
export const since = (app: Status): string => app.versionInfo?.lastConfigChangeAt ?? app.version;

/** Whether a task is of the version that is being deployed, or was last. */
export const runsNow = (task: Task, app: Status): boolean => task.version === undefined || task.version >= since(app);
