import type { App } from "./schema";

/** Whether Mesos keeps disk for an app, so that its instances stay on their agents. */
export const isResident = (app: App): boolean => app.container?.volumes?.some(({ persistent }) => persistent !== undefined) ?? false;
